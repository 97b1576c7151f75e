import Foundation
import LatheTestModels

// Makes what the walk-throughs in Examples/ begin with where the original's models and data cannot be had, in a
// directory:
//
//     bert/            a BERT of 12 layers and 12 heads like BERT-base, but 48 wide, with random weights and a vocabulary of a few words
//     encoder/         a smaller BERT without head, for embeddings
//     train.tsv        sentences with a good or a bad word in SST-2's layout, and dev.tsv more of them
//     gpt2/            a GPT-2 of 12 layers, 64 wide, with random weights and a tokenizer of bytes
//     text.txt         text to model, and more.txt some more of it
//     cifar/           digits in colour in CIFAR-10's files, data_batch_1.bin and test_batch.bin

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: LatheExampleData DIR\n".utf8))
    exit(2)
}
do {
    try ExampleData.write(to: CommandLine.arguments[1])
} catch {
    FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
    exit(1)
}
