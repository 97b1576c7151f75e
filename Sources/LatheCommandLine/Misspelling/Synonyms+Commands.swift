extension Synonyms {
    /// Commands by what they do: names that other tools have for them, and Lathe's.
    static let commandIdeas = [
        Idea("finetune fine-tune tune fit learn pretrain training", "train", "train-step"),
        Idea("evaluate evaluation test validate measure score accuracy perplexity ppl metrics", "eval"),
        Idea("classify infer inference label predictions run-classifier", "predict", "forward", "eval"),
        Idea("prune distill distil sparsify qat shrink reduce xtc", "compress"),
        Idea("quantise quant ptq zeroquant int8 int4 gptq awq", "quantize"),
        Idea("benchmark benchmarks time speed latency profile perf", "bench"),
        Idea("complete completion chat sample text-generation run token", "generate", "decode"),
        Idea("embedding embeddings encode vectorize sentence-embeddings", "embed"),
        Idea("onnx gguf save to-onnx to-gguf", "export"),
        Idea("list ls show describe summary tree view open dump", "inspect"),
        Idea("compare results dashboard html plot", "report"),
        Idea("autotune auto optimize optimise nas find", "search"),
        Idea("analyze analyse analysis rank", "sensitivity"),
        Idea("preview dry-run explain", "plan"),
        Idea("new create template configure init", "config init", "init"),
        Idea("version doctor env system cpu status", "info"),
        Idea("example examples quickstart tutorial start", "demo"),
        Idea("tokens encode-text", "tokenize"),
        Idea("augmentation", "augment"),
        Idea("matmul gemv product", "gemm"),
        Idea("block attention", "layer"),
    ]
}
