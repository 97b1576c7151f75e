import LatheFiles
import LatheNN
import LatheTraining
import LatheTestFiles
import Testing

@testable import LatheCompression

@Suite("DeepSpeed configs")
struct DeepSpeedConfigTests {
    private func read(_ json: JSONValue) throws -> DeepSpeedConfig { try DeepSpeedConfig(json: json, file: "c.json") }

    /// The problem with `json`, in words.
    private func problem(_ json: JSONValue) -> String {
        do throws(CompressionConfigError) {
            _ = try DeepSpeedConfig(json: json, file: "c.json")
            return ""
        } catch {
            return error.description
        }
    }

    @Test("What surrounds compression is read")
    func example() throws {
        let config = try read(ExampleConfig.json)
        #expect(config.batch == BatchSizes(micro: 8, accumulation: 4))
        #expect(config.gradientClip == 1)
        #expect(config.stepsPerPrint == 50)
        #expect(config.precision == .bfloat16)
        let optimizer = try #require(config.optimizer)
        #expect(optimizer.method == .adamW(.init(beta1: 0.9, beta2: 0.98, epsilon: 1e-6)))
        #expect(optimizer.learningRate == 2e-5)
        #expect(optimizer.weightDecay == 0.01)
        #expect(config.scheduler?.course == .decay(totalSteps: 100))
        #expect(config.notes.isEmpty)
    }

    @Test("An empty file says nothing")
    func empty() throws {
        #expect(try read([:]) == DeepSpeedConfig())
    }

    @Test("What is written is read as the same")
    func roundTrip() throws {
        for config in [
            try ExampleConfig.compression(),
            try ExampleConfig.compression(("sparse_pruning", ExampleConfig.snipMomentum)), CompressionConfig(),
        ] {
            #expect(try read(["compression_training": config.json]).compression == config)
        }
        var config = try ExampleConfig.compression()
        config.weightQuantization.eigenvalue.isEnabled = true
        config.weightQuantization.eigenvalue.maximumIterations = 7
        #expect(try read(["compression_training": config.json]).compression == config)
    }

    @Test(
        "Of three batch sizes the missing ones are derived",
        arguments: [
            (["train_batch_size": 32, "train_micro_batch_size_per_gpu": 8], 8, 4),
            (["train_batch_size": 32, "gradient_accumulation_steps": 2], 16, 2),
            (["train_micro_batch_size_per_gpu": 8, "gradient_accumulation_steps": 3], 8, 3),
            (["train_batch_size": 32], 32, 1),
            (["train_micro_batch_size_per_gpu": 8], 8, 1),
        ] as [(JSONValue, Int, Int)])
    func batches(_ json: JSONValue, _ micro: Int, _ accumulation: Int) throws {
        #expect(try read(json).batch == BatchSizes(micro: micro, accumulation: accumulation))
    }

    @Test(
        "Batch sizes that do not agree are an error",
        arguments: [
            (
                ["train_batch_size": 32, "train_micro_batch_size_per_gpu": 5],
                "c.json: train_micro_batch_size_per_gpu: expected a divisor of train_batch_size = 32, got 5"
            ),
            (
                ["train_batch_size": 32, "gradient_accumulation_steps": 5],
                "c.json: gradient_accumulation_steps: expected a divisor of train_batch_size = 32, got 5"
            ),
            (
                ["gradient_accumulation_steps": 5],
                "c.json: gradient_accumulation_steps: says nothing without a batch size; add train_batch_size or train_micro_batch_size_per_gpu"
            ),
            (["train_batch_size": 0], "c.json: train_batch_size: expected an integer 1…1000000, got 0"),
        ] as [(JSONValue, String)])
    func wrongBatches(_ json: JSONValue, _ message: String) {
        #expect(problem(json) == message)
    }

    @Test("fp16 means bf16 on a CPU, and a note says so")
    func halfPrecision() throws {
        let config = try read(["fp16": ["enabled": true, "loss_scale": 0]])
        #expect(config.precision == .bfloat16)
        #expect(
            config.notes.map(\.description) == [
                "fp16.enabled: on a CPU this means bf16 mixed precision",
                "fp16.loss_scale: ignored; Lathe has no use for it",
            ])
        #expect(try read(["bfloat16": ["enabled": true]]).precision == .bfloat16)
    }

    @Test("One note lists all that is ignored, wherever it stands")
    func ignored() throws {
        let json: JSONValue = [
            "zero_optimization": ["stage": 2], "optimizer": ["type": "Adam", "params": ["torch_adam": true]],
            "aio": [:],
        ]
        #expect(
            try read(json).notes.map(\.description) == [
                "zero_optimization, aio, optimizer.params.torch_adam: ignored; Lathe has no use for it"
            ])
    }

    @Test("What transformers fills in counts as absent")
    func automatic() throws {
        let config = try read([
            "train_batch_size": "auto", "gradient_clipping": "auto",
            "optimizer": ["type": "AdamW", "params": ["lr": "auto", "weight_decay": 0.1]],
        ])
        #expect(config.batch == nil)
        #expect(config.optimizer?.learningRate == 1e-3)
        #expect(config.optimizer?.weightDecay == 0.1)
        #expect(
            config.notes.map(\.description) == [
                "train_batch_size, gradient_clipping, optimizer.params.lr: \"auto\" is taken as absent"
            ])
    }

    static let automaticKeys = [
        "compression_training.weight_quantization.shared_parameters.rounding",
        "compression_training.layer_reduction.keep_number_layer",
        "scheduler.params.total_num_steps", "scheduler.params.warmup_num_steps", "scheduler.params.warmup_max_lr",
        "optimizer.params.betas", "bf16.enabled",
    ]

    @Test("It does so everywhere", arguments: automaticKeys)
    func automaticEverywhere(key: String) throws {
        let notes = try read(ExampleConfig.json.setting(key, to: "auto")).notes
        #expect(notes.map(\.description).contains("\(key): \"auto\" is taken as absent"), "\(notes)")
    }

    @Test(
        "What a scheduler leaves to transformers stays the program's, and what it says counts",
        arguments: [
            ("WarmupDecayLR", ["total_num_steps": "auto", "warmup_max_lr": 3e-4, "warmup_num_steps": 11], 3e-4, 11),
            ("WarmupLR", ["warmup_min_lr": "auto", "warmup_max_lr": "auto", "warmup_num_steps": 9], 5e-5, 9),
            ("WarmupLR", ["warmup_max_lr": 2e-4, "warmup_num_steps": "auto"], 2e-4, 7),
            ("WarmupCosineLR", ["total_num_steps": "auto", "warmup_num_steps": "auto"], 5e-5, 7),
        ] as [(String, JSONValue, Float, Int)])
    func automaticScheduler(_ type: String, _ params: JSONValue, _ rate: Float, _ warmUp: Int) throws {
        var options = TrainingOptions(.steps(100), batchSize: 8, learningRate: 5e-5)
        options.warmUp = .steps(7)
        try read([
            "optimizer": ["type": "AdamW", "params": ["lr": "auto"]],
            "scheduler": ["type": .string(type), "params": params],
        ]).apply(to: &options)
        #expect((options.learningRate, options.warmUp) == (rate, .steps(warmUp)))
    }

    @Test("Rates and a warm-up that transformers fills in stay the program's")
    func automaticRates() throws {
        var options = TrainingOptions(.steps(100), batchSize: 8, learningRate: 5e-5)
        options.warmUp = .steps(7)
        let json: JSONValue = [
            "optimizer": ["type": "AdamW", "params": ["lr": "auto", "weight_decay": "auto"]],
            "scheduler": [
                "type": "WarmupDecayLR",
                "params": [
                    "total_num_steps": "auto", "warmup_min_lr": "auto", "warmup_max_lr": "auto",
                    "warmup_num_steps": "auto",
                ],
            ],
        ]
        try read(json).apply(to: &options)
        #expect(options.learningRate == 5e-5)
        #expect(options.weightDecay == 0.01)
        #expect(options.warmUp == .steps(7))
        #expect(options.course == .linear)
    }

    @Test("Without warmup_max_lr the rate is the optimizer's")
    func optimizerRate() throws {
        func rate(_ json: JSONValue) throws -> Float {
            var options = TrainingOptions(.steps(100), batchSize: 8, learningRate: 5e-5)
            try read(json).apply(to: &options)
            return options.learningRate
        }
        let scheduler: JSONValue = ["type": "WarmupLR", "params": [:]],
            optimizer: JSONValue = ["type": "Adam", "params": ["lr": 2e-4]]
        #expect(try rate(["scheduler": scheduler, "optimizer": optimizer]) == 2e-4)
        #expect(try rate(["scheduler": scheduler]) == 1e-3)
        #expect(
            try rate(["scheduler": ["type": "WarmupLR", "params": ["warmup_max_lr": 3e-4]], "optimizer": optimizer])
                == 3e-4)
        #expect(
            try rate([
                "scheduler": ["type": "WarmupCosineLR", "params": ["total_num_steps": 9]], "optimizer": optimizer,
            ]) == 2e-4)
    }

    @Test(
        "Batch sizes of several processes are taken by one, with a note",
        arguments: [(32, 16, 1, 2), (64, 4, 4, 4), (96, 8, 2, 6)])
    func processes(train: Int, micro: Int, accumulation: Int, processes: Int) throws {
        let config = try read([
            "train_batch_size": .integer(train), "train_micro_batch_size_per_gpu": .integer(micro),
            "gradient_accumulation_steps": .integer(accumulation),
        ])
        #expect(config.batch == BatchSizes(micro: micro, accumulation: train / micro))
        #expect(
            config.notes.map(\.description) == [
                "train_batch_size: \(train) is train_micro_batch_size_per_gpu × gradient_accumulation_steps = \(micro) × \(accumulation) in \(processes) "
                    + "processes; the one process here takes \(micro) × \(train / micro)"
            ])
    }

    @Test(
        "Optimizers are DeepSpeed's",
        arguments: [
            (["type": "Adam"], .adamW()), (["type": "adamw"], .adamW()),
            (["type": "Adam", "params": ["adam_w_mode": false]], .adam()),
            (["type": "SGD", "params": ["momentum": 0.5, "nesterov": true]], .sgd(momentum: 0.5, isNesterov: true)),
            (["type": "Lamb"], .lamb()),
            (["type": "Lion", "params": ["betas": [0.95, 0.98]]], .lion(beta1: 0.95, beta2: 0.98)),
            (["type": "lion"], .lion()),
            (["type": "Adagrad", "params": ["lr": 1e-3, "lr_decay": 0.5]], .adagrad(.init(rateDecay: 0.5))),
            (["type": "OneBitAdam"], .adamW()),
            (["type": "ZeroOneAdam"], .adamW()), (["type": "OneBitLamb"], .lamb()),
        ] as [(JSONValue, TrainingOptions.Method)])
    func optimizers(_ json: JSONValue, _ method: TrainingOptions.Method) throws {
        let optimizer = try #require(read(["optimizer": json]).optimizer)
        #expect(optimizer.method == method)
        #expect(optimizer.learningRate == 1e-3)
        #expect(optimizer.weightDecay == 0)
    }

    @Test(
        "Optimizers that save traffic between processes are noted",
        arguments: ["OneBitAdam", "ZeroOneAdam", "OneBitLamb"])
    func compressedOptimizers(name: String) throws {
        #expect(try read(["optimizer": ["type": .string(name)]]).notes.map(\.key) == ["optimizer.type"])
        #expect(try read(["optimizer": ["type": "Adagrad"]]).optimizer?.learningRate == 1e-2)
    }

    @Test("Cycles, range tests and cosines are read")
    func otherSchedulers() throws {
        func scheduler(_ type: String, _ params: JSONValue) throws -> SchedulerSettings {
            try #require(read(["scheduler": ["type": .string(type), "params": params]]).scheduler)
        }
        let cycle = try scheduler(
            "OneCycle",
            [
                "cycle_min_lr": 0.001, "cycle_max_lr": 0.01, "cycle_first_step_size": 4, "decay_step_size": 2,
                "decay_lr_rate": 0.5,
            ])
        #expect(abs(cycle.learningRate(at: 2) - 0.0055) < 1e-12)
        #expect(abs(cycle.learningRate(at: 10) - 0.001 / 1.5) < 1e-12)
        let test = try scheduler("LRRangeTest", ["lr_range_test_step_size": 2])
        #expect(abs(test.learningRate(at: 3) - 0.0025) < 1e-12)
        let cosine = try scheduler(
            "WarmupCosineLR", ["total_num_steps": 12, "warmup_num_steps": 4, "warmup_type": "linear"])
        #expect(abs(cosine.learningRate(at: 7) - 0.5000500 * 1e-3) < 1e-9)
        #expect(
            problem(["scheduler": ["type": "OneCycle", "params": ["cycle_min_lr": 0.1]]])
                == "c.json: scheduler.params.cycle_max_lr: missing; add a number 0…1000")
        var options = TrainingOptions(.steps(100), batchSize: 8, learningRate: 1)
        try read(["scheduler": ["type": "LRRangeTest", "params": ["lr_range_test_min_lr": 1e-4]]]).apply(to: &options)
        #expect((options.learningRate, options.lowestRate) == (1e-4, 0))
        #expect(options.warmUp == .steps(0))
    }

    @Test("A learning rate rises by a logarithm, or a straight line, and falls to 0")
    func scheduler() throws {
        let warmUp = try #require(
            read(["scheduler": ["type": "WarmupLR", "params": ["warmup_num_steps": 10, "warmup_max_lr": 1]]]).scheduler)
        #expect(warmUp.learningRate(at: 0) == 0)
        #expect(abs(warmUp.learningRate(at: 4) - 0.698970) < 1e-6)  // log 5 / log 10
        #expect(warmUp.learningRate(at: 10) == 1)
        #expect(warmUp.learningRate(at: 1000) == 1)
        let decay = try #require(read(ExampleConfig.json).scheduler)
        #expect(decay.learningRate(at: 5) == 1e-5)
        #expect(decay.learningRate(at: 55) == 1e-5)
        #expect(decay.learningRate(at: 100) == 0)
        #expect(decay.learningRate(at: 200) == 0)
    }

    @Test("Training takes over the rates, and how they rise")
    func trainingRates() throws {
        var options = TrainingOptions(.steps(100), batchSize: 8, learningRate: 1)
        let params: JSONValue = [
            "warmup_num_steps": 10, "warmup_min_lr": 1e-4, "warmup_max_lr": 1e-3, "total_num_steps": 100,
        ]
        try read(["scheduler": ["type": "WarmupDecayLR", "params": params]]).apply(to: &options)
        #expect((options.learningRate, options.lowestRate) == (1e-3, 1e-4))
        #expect(options.warmUp == .steps(10))
        #expect(options.rise == .logarithmic)
        #expect(options.course == .linear)
        try read(ExampleConfig.json).apply(to: &options)
        #expect(options.rise == .linear)
    }

    @Test("An eigenvalue section outside compression_training is that of weight quantisation, and may stand once only")
    func eigenvalue() throws {
        let json = ExampleConfig.json.setting("eigenvalue", to: ["enabled": true, "max_iter": 50, "layer_num": 12])
        let eigenvalue = try read(json).compression.weightQuantization.eigenvalue
        #expect(eigenvalue.isEnabled)
        #expect(eigenvalue.maximumIterations == 50)
        #expect(eigenvalue.layerCount == 12)
        #expect(eigenvalue.tolerance == 1e-2)
        let twice = json.setting(
            "compression_training.weight_quantization.shared_parameters.eigenvalue", to: ["enabled": true])
        #expect(
            problem(twice)
                == "c.json: eigenvalue: stands in compression_training.weight_quantization.shared_parameters as well; keep one of them"
        )
    }

    @Test(
        "What has no effect, or another one than it seems, is noted",
        arguments: [
            ("weight_quantization.shared_parameters.quantizer_kernel", true, "ignored; it names a CUDA kernel"),
            (
                "weight_quantization.shared_parameters.fp16_mixed_quantize", ["enabled": true],
                "has no effect with quantize_weight_in_forward, as in the original"
            ),
            (
                "weight_quantization.shared_parameters.rounding", "stochastic",
                "has no effect with quantize_weight_in_forward: the forward pass rounds to nearest, as in the original"
            ),
            (
                "weight_quantization.different_groups.wq1.related_modules", [["fc"]],
                "ignored; only row, head and channel pruning have a use for it"
            ),
            (
                "sparse_pruning.shared_parameters.schedule_offset_end", 30,
                "has no effect; pruning stays on once it has begun"
            ),
            ("sparse_pruning.shared_parameters.block_pattern", "4x1", "ignored; only snip_momentum has a use for it"),
            ("activation_quantization.different_groups.aq1.modules", nil, "missing; taken as every module"),
            ("activation_quantization.different_groups.aq1.modules", "*", "\"*\" is taken as every module"),
            (
                "layer_reduction.teacher_layer", [3, 1],
                "not in ascending order; the student's layers start from these layers in just this order"
            ),
            (
                "layer_reduction.teacher_layer", [0, 1],
                "begins at 0; distillation compares embeddings with the teacher's embeddings, where the original took its last layer"
            ),
        ] as [(String, JSONValue?, String)])
    func notes(_ path: String, _ value: JSONValue?, _ text: String) throws {
        let config = try read(ExampleConfig.json.setting("compression_training." + path, to: value))
        #expect(config.notes == [.init(key: "compression_training." + path, text: text)])
    }

    @Test("Weights that are rounded after the update in float32 are noted, as is a section without effect")
    func optimizerStep() throws {
        let forward = "compression_training.weight_quantization.shared_parameters.quantize_weight_in_forward"
        let json = ExampleConfig.json.setting(forward, to: false).setting("bf16", to: nil)
        #expect(
            try read(json).notes.map(\.description) == [
                forward
                    + ": false or absent: weights are quantized after each optimizer step, in float32 too, where the original asked for fp16"
            ])
        #expect(
            try read(["compression_training": [:]]).notes.map(\.description) == [
                "compression_training: nothing in it is enabled"
            ])
    }
}
