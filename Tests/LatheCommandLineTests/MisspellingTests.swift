import LatheTestFiles
import Testing

@testable import LatheCommandLine

@Suite("Slips of the fingers")
struct MisspellingTests {
    private func message(_ command: String) -> String {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        return transcript.errors.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test(
        "An option is proposed by its meaning or its spelling, as the command has it",
        .tags(.slow), .unlessQuick,
        arguments: [
            ("train --lr 1e-4", "--lr", "--learning-rate"), ("quantize --lr 1e-4", "--lr", "--lkd-learning-rate"),
            ("train --learning_rate 1e-4", "--learning_rate", "--learning-rate"),
            ("train --learnign-rate 1", "--learnign-rate", "--learning-rate"),
            ("train --learning 1e-4", "--learning", "--learning-rate"),
            ("train --batch-size 8", "--batch-size", "--batch"),
            ("train --per_device_train_batch_size 8", "--per_device_train_batch_size", "--batch"),
            ("quantize --batch-size 8", "--batch-size", "--lkd-batch"),
            ("train --batch-sze 8", "--batch-sze", "--batch"), ("train -o x", "-o", "--out"),
            ("train --output x", "--output", "--out"),
            ("train --output-dir x", "--output-dir", "--out"), ("export --output_dir=x", "--output_dir", "--out"),
            ("train --num-epochs 3", "--num-epochs", "--epochs"),
            ("train --num_train_epochs 3", "--num_train_epochs", "--epochs"),
            ("train --train-file t", "--train-file", "--train"),
            ("train --validation-file d", "--validation-file", "--dev"),
            ("train --eval-file d", "--eval-file", "--dev"), ("train --test-file d", "--test-file", "--dev"),
            ("eval --test-file d", "--test-file", "--data"),
            ("eval --model-path m", "--model-path", "--model"),
            ("train --model_name_or_path m", "--model_name_or_path", "--model"),
            ("eval -m m", "-m", "--model"), ("embed --input t", "--input", "--texts"),
            ("generate --input t", "--input", "--prompt"),
            ("eval --input t", "--input", "--data"), ("generate -p t", "-p", "--prompt"),
            ("train --lr-scheduler cosine", "--lr-scheduler", "--schedule"),
            ("train --lr_scheduler_type cosine", "--lr_scheduler_type", "--schedule"),
            ("train --warmup-ratio 0.1", "--warmup-ratio", "--warmup"),
            ("train --weight_decay 0.1", "--weight_decay", "--weight-decay"),
            ("train --wd 0.1", "--wd", "--weight-decay"),
            ("train --max-seq-length 64", "--max-seq-length", "--max-length"),
            ("train --seq-len 64", "--seq-len", "--max-length"),
            ("bench forward --seq-len 64", "--seq-len", "--seq"),
            ("bench decode --ctx-size 64", "--ctx-size", "--context"),
            ("train --fp16", "--fp16", "--precision bf16"), ("train --bf16", "--bf16", "--precision bf16"),
            ("bench forward --bf16", "--bf16", "--weights bf16"), ("quantize --fp16", "--fp16", "--floats float16"),
            ("plan -c x", "-c", "--config"), ("compress --deepspeed x", "--deepspeed", "--config"),
            ("eval --num-threads 2", "--num-threads", "--threads"),
            ("eval -j 2", "-j", "--threads"),
            ("train --gradient_accumulation_steps 2", "--gradient_accumulation_steps", "--accumulation"),
            ("train --max_grad_norm 1", "--max_grad_norm", "--clip"), ("train --optim sgd", "--optim", "--optimizer"),
            ("train --save-steps 5", "--save-steps", "--checkpoint-steps"),
            ("train --logging_steps 5", "--logging_steps", "--log-steps"),
            ("train --force", "--force", "--overwrite"),
            ("train --overwrite_output_dir", "--overwrite_output_dir", "--overwrite"),
            ("generate --max-new-tokens 5", "--max-new-tokens", "--max-tokens"),
            ("generate --temp 1", "--temp", "--temperature"),
            ("sensitivity --num-samples 5", "--num-samples", "--samples"),
            ("sensitivity --calib x", "--calib", "--calibration"),
            ("bench gemm --runs 3", "--runs", "--repeat"), ("info --jsno", "--jsno", "--json"),
        ])
    func options(command: String, typed: String, proposal: String) {
        #expect(message(command) == "Error: Unknown option '\(typed)'. Did you mean '\(proposal)'?")
    }

    @Test(
        "What Lathe has under no name is explained, and what nothing is like is only named",
        arguments: [
            ("train --device cpu", "Unknown option '--device'. Lathe computes on the CPU; leave it out."),
            ("eval --gpus 1", "Unknown option '--gpus'. Lathe computes on the CPU; leave it out."),
            (
                "eval --trust_remote_code",
                "Unknown option '--trust_remote_code'. Lathe runs no code from models; leave it out."
            ),
            ("info --zzzzzz", "Unknown option '--zzzzzz'."), ("info -m x", "Unknown option '-m'."),
        ])
    func unknown(command: String, text: String) { #expect(message(command) == "Error: " + text) }

    @Test(
        "A command is proposed by its meaning or its spelling",
        arguments: [
            ("trian", "train"), ("finetune", "train"), ("fine-tune", "train"), ("fine_tune", "train"),
            ("evaluate", "eval"), ("perplexity", "eval"), ("evla", "eval"),
            ("benchmark", "bench"), ("becnh", "bench"), ("quantise", "quantize"), ("quantzie", "quantize"),
            ("ptq", "quantize"), ("prune", "compress"),
            ("distill", "compress"), ("compres", "compress"), ("list", "inspect"), ("ls", "inspect"),
            ("onnx", "export"),
            ("init", "config init"), ("forward", "bench forward"), ("gemm", "bench gemm"), ("chat", "generate"),
            ("encode", "embed"), ("optimize", "search"),
            ("analyse", "sensitivity"), ("version", "info"), ("tokenise", "tokenize"), ("bench inference", "forward"),
            ("bench training", "train-step"),
            ("bench matmul", "gemm"), ("config create", "init"),
        ])
    func commands(typed: String, proposal: String) {
        #expect(message(typed).hasSuffix(". Did you mean '\(proposal)'?"), "\(message(typed))")
    }

    @Test(
        "What a classifier's answers are called elsewhere leads to a command that exists",
        arguments: ["classify", "infer", "inference"])
    func classify(typed: String) throws {
        let proposal = try #require(Synonyms.command(typed, in: LatheCommand.self))
        let isCommand = LatheCommand.configuration.subcommands.contains { $0.configuration.commandName == "predict" }
        #expect(proposal == (isCommand ? "predict" : "eval"))
    }

    @Test("Values are not taken for options", arguments: ["-", "-1", "-1e-3", "- a text"])
    func values(value: String) throws {
        #expect(throws: Never.self) { try Misspelling.checkOptions(["generate", "--prompt", value]) }
    }

    @Test(
        "Every option that is proposed somewhere is one of some command",
        .tags(.slow), .unlessQuick,
        arguments: Synonyms.optionIdeas.flatMap(\.proposals))
    func proposals(proposal: String) {
        // `goal` is that of `config init`, and everything else is found by reading the help of all commands.
        let all = HelpTests.leaves.flatMap { Misspelling.options(of: $0.command) }
        #expect(all.contains("--" + proposal.prefix { $0 != " " }))
    }
}
