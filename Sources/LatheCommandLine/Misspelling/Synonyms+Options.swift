extension Synonyms {
    /// Options by what they mean: names that other tools have for them, and Lathe's. A new option of a known idea needs
    /// nothing here.
    static let optionIdeas = fileIdeas + trainingIdeas + runningIdeas

    private static let fileIdeas = [
        Idea(
            "m model model-path model-name model-name-or-path model-dir model-id checkpoint ckpt pretrained-model-name-or-path base-model",
            "model"),
        Idea("teacher-model teacher-path teacher-name-or-path teacher-model-name-or-path", "teacher"),
        Idea("c cfg config-file config-path ds-config deepspeed deepspeed-config recipe", "config"),
        Idea(
            "o out output output-dir output-file output-path out-dir outdir outfile save save-dir save-path dest destination dst",
            "out"),
        Idea(
            "train-file train-files train-data train-path train-set training-data training-file dataset data", "train",
            "data", "texts"),
        Idea(
            "dev-file dev-data eval eval-file eval-data eval-dataset validation validation-file validation-data val val-file valid test-set",
            "dev", "data"),
        Idea("test test-file test-data", "dev", "data", "texts"),
        Idea("i input input-file inputs input-path", "data", "texts", "prompt", "calibration", "train"),
        Idea("f file files d data data-file data-path", "data", "texts", "train", "calibration"),
        Idea("text texts text-file sentences lines", "texts", "prompt", "data", "calibration"),
        Idea("p prompt text user-prompt", "prompt"),
        Idea("calib calib-data calib-file calibration-data calibration-file calibration-dataset", "calibration"),
        Idea("tokenizer-name tokenizer-path tokenizer-dir", "tokenizer"),
        Idea("force f y yes replace overwrite-output-dir exist-ok", "overwrite"),
        Idea("continue restart resume-from resume-from-checkpoint resume-training", "resume"),
        Idea("predictions-file prediction-file predict-file output-predictions", "predictions"),
    ]

    private static let trainingIdeas = [
        Idea("lr learning-rate eta step-size peak-lr max-lr", "learning-rate", "lkd-learning-rate"),
        Idea("lr-scheduler lr-scheduler-type lr-schedule scheduler scheduler-type decay-schedule", "schedule"),
        Idea("warmup-ratio warmup-steps warmup-proportion num-warmup-steps warm-up", "warmup"),
        Idea("wd decay l2", "weight-decay"),
        Idea(
            "b bs batch batch-size train-batch-size per-device-train-batch-size per-gpu-train-batch-size eval-batch-size",
            "batch", "lkd-batch"),
        Idea(
            "gradient-accumulation-steps gradient-accumulation grad-accum accumulation-steps accumulate", "accumulation"
        ),
        Idea("max-grad-norm grad-clip gradient-clipping clip-grad clip-norm clip-grad-norm", "clip"),
        Idea("optim optimiser optimizer-name", "optimizer"),
        Idea("e epoch n-epochs num-epochs num-train-epochs max-epochs", "epochs"),
        Idea(
            "max-steps num-steps max-train-steps train-steps total-steps iterations iters max-iters", "steps",
            "lkd-steps", "repeat"),
        Idea("eval-every eval-interval evaluation-steps eval-freq validation-steps", "eval-steps"),
        Idea("save-steps save-every save-interval checkpoint-every checkpoint-interval", "checkpoint-steps"),
        Idea("logging-steps log-every log-interval print-every", "log-steps"),
        Idea("bf16 bfloat16 fp16 float16 half amp mixed-precision", "precision bf16", "weights bf16", "floats float16"),
        Idea("fp32 float32", "precision fp32", "weights fp32", "floats float32"),
        Idea("dtype torch-dtype", "precision", "weights", "floats", "type"),
        Idea(
            "max-seq-length max-seq-len max-sequence-length seq-length seq-len sequence-length max-len max-source-length block-size",
            "max-length", "seq"),
        Idea("s random-seed manual-seed rng-seed", "seed"),
        Idea("task-name task-type problem", "task"),
    ]

    private static let runningIdeas = [
        Idea("j t jobs num-threads n-threads nthreads num-workers workers cpus cores", "threads"),
        Idea("n max-new-tokens n-predict num-tokens new-tokens max-output-tokens", "max-tokens", "samples"),
        Idea("temp", "temperature"),
        Idea("n-ctx context-length context-size ctx-size", "context", "max-length", "seq"),
        Idea("bits num-bits nbits wbits w-bits weight-bits q quantize quantization", "bits", "goal", "weights", "type"),
        Idea("target scheme preset-goal", "goal"),
        Idea("to output-format", "format"),
        Idea("runs n-runs num-runs repetitions repeats trials num-iters", "repeat"),
        Idea("num-samples n-samples max-samples calibration-samples num-calibration-samples limit", "samples"),
        Idea("v debug log-level", "verbose"),
        Idea("as-json output-json json-output", "json"),
        Idea("columns column fields", "columns"),
    ]

    /// Options of other tools that Lathe has no use for.
    static let explanations = [
        Idea(
            "device devices gpu gpus cuda use-cuda no-cuda cpu use-cpu device-map ngl n-gpu-layers",
            "Lathe computes on the CPU; leave it out."),
        Idea("trust-remote-code", "Lathe runs no code from models; leave it out."),
        Idea("local-rank nproc-per-node world-size", "Lathe trains in one process; leave it out."),
    ]
}
