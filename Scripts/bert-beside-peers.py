#!/usr/bin/env python3
"""BERT-base's shape with random weights: Lathe beside torch, ONNX Runtime, OpenVINO and DeepSpeed, in turn in one run.

    Scripts/bert-beside-peers.py forward    --lathe .build/release/lathe [--batches 1 8] [--seq 128] [--threads 2] [--rounds 3]
    Scripts/bert-beside-peers.py train-step --lathe .build/release/lathe [--batch 8] [--seq 128] [--threads 2] [--rounds 3]

Needs the Python packages torch and transformers; forward also onnx, onnxruntime, openvino and nncf, train-step also
deepspeed==0.18.3 (later releases have no compression; DS_ACCELERATOR=cpu). A round times every peer and then Lathe; a figure is
the median of all rounds, a ratio a peer's time over Lathe's. Times ONNX Runtime's dynamic int8 with float activations between
products, and OpenVINO's with static ranges from NNCF.

forward times saved models, as users run them: it saves one BERT with random weights, `lathe quantize` packs it with 8, 4, 2 and
1 bits, and `lathe bench forward --model` opens what was written. `--forms fp32 w8a8` and `--layers 2` make a run shorter.
"""
import argparse, json, os, tempfile, warnings

warnings.filterwarnings("ignore")
import torch
from transformers import BertConfig, BertForSequenceClassification

from peer_timing import compare, run_lathe

VOCABULARY = 30000
FORMS = ["fp32", "w8a8", "w4a8", "w2a8", "w1a8"]
CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Examples/bert-w8a8/config.json")


def bert(layers=12):
    return BertForSequenceClassification(BertConfig(num_labels=3, num_hidden_layers=layers, attn_implementation="eager"))


def saved_models(program, model, forms, folder):
    """Directories of the model by form: in floats, and as `lathe quantize` saves it with a scale for each row or four."""
    directories = {"fp32": f"{folder}/fp32"}
    model.save_pretrained(directories["fp32"])
    with open(CONFIG) as file:
        config = json.load(file)
    section = config["compression_training"]["weight_quantization"]
    section["shared_parameters"]["quantize_groups"] = model.config.hidden_size
    for form in (form for form in forms if form != "fp32"):
        bits = int(form[1])
        section["different_groups"]["wq1"]["params"] |= {"start_bits": bits, "target_bits": bits}
        path, directories[form] = f"{folder}/{form}.json", f"{folder}/{form}"
        with open(path, "w") as file:
            json.dump(config, file)
        run_lathe(program, "quantize", "--model", directories["fp32"], "--config", path, "--out", directories[form])
    return {form: directories[form] for form in forms}


def onnx_graphs(model, seq, folder):
    """Files with the graph in floats and with ONNX Runtime's dynamic int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids, mask):
            return self.model(input_ids=ids, attention_mask=mask).logits

    floats, integers = f"{folder}/bert.onnx", f"{folder}/bert-int8.onnx"
    ids = torch.randint(0, VOCABULARY, (2, seq))
    axes = {name: {0: "batch", 1: "sequence"} for name in ("ids", "mask")}
    torch.onnx.export(Logits(), (ids, torch.ones_like(ids)), floats, input_names=["ids", "mask"], output_names=["logits"], dynamic_axes=axes,
                      opset_version=17, dynamo=False)
    quantize_dynamic(floats, integers, weight_type=QuantType.QInt8)
    return floats, integers


def forward(options):
    import nncf, numpy, onnxruntime, openvino

    def sample(batch):
        ids = numpy.random.randint(0, VOCABULARY, (batch, options.seq)).astype(numpy.int64)
        return {"ids": ids, "mask": numpy.ones_like(ids)}

    model = bert(options.layers).eval()
    with tempfile.TemporaryDirectory() as folder:
        directories = saved_models(options.lathe, model, options.forms, folder)
        floats, integers = onnx_graphs(model, options.seq, folder)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        sessions = {name: onnxruntime.InferenceSession(path, settings) for name, path in (("f32", floats), ("int8", integers))}
        core = openvino.Core()
        graph = core.read_model(floats)
        quantized = nncf.quantize(graph, nncf.Dataset([sample(1) for _ in range(8)]), model_type=nncf.ModelType.TRANSFORMER, subset_size=8)
        hints = {"INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        static = core.compile_model(quantized, "CPU", hints).create_infer_request()

        for batch in options.batches:
            inputs = sample(batch)
            ids = torch.from_numpy(inputs["ids"])

            def with_torch():
                with torch.inference_mode():
                    model(input_ids=ids)

            peers = {"torch f32": with_torch, "OpenVINO int8 static": lambda: static.infer(inputs)}
            peers |= {f"ONNX Runtime {name}": lambda session=session: session.run(None, inputs) for name, session in sessions.items()}
            shape = ["--batch", batch, "--seq", options.seq, "--threads", options.threads]
            ours = {f"Lathe {form}": [options.lathe, "forward", "--model", path, *shape] for form, path in directories.items()}
            title = f"BERT-base forward, {options.layers} layers, batch {batch}, sequence {options.seq}, {options.threads} threads"
            compare(title, peers, ours, "Lathe w8a8" if "w8a8" in options.forms else f"Lathe {options.forms[0]}", options.rounds, 5)


def train_step(options):
    from deepspeed.compression.compress import init_compression
    from deepspeed.compression.config import get_compression_config
    from deepspeed.compression.scheduler import compression_scheduler

    ids, labels = torch.randint(0, VOCABULARY, (options.batch, options.seq)), torch.randint(0, 3, (options.batch,))

    def step(model, autocast=False, schedule=None):
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)

        def run():
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
                loss = model(input_ids=ids, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if schedule:
                schedule.step()
        return run

    with open(CONFIG) as file:
        config = json.load(file)
    student = init_compression(bert(), config)
    schedule = compression_scheduler(student, get_compression_config(config))
    schedule.step()
    peers = {"torch f32": step(bert()), "torch bf16 autocast": step(bert(), autocast=True), "DeepSpeed W8A8 f32": step(student, schedule=schedule)}
    shape = ["train-step", "--preset", "bert-base", "--batch", options.batch, "--seq", options.seq, "--threads", options.threads]
    ours = {"Lathe f32": [], "Lathe bf16": ["--precision", "bf16"], "Lathe W8A8 f32": ["--config", CONFIG],
            "Lathe W8A8 bf16": ["--config", CONFIG, "--precision", "bf16"]}
    ours = {name: [options.lathe, *shape, *more] for name, more in ours.items()}
    title = f"BERT-base training step, batch {options.batch}, sequence {options.seq}, {options.threads} threads"
    compare(title, peers, ours, "Lathe f32", options.rounds, 2)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("work", choices=["forward", "train-step"])
parser.add_argument("--lathe", required=True)
parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--seq", type=int, default=128)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--layers", type=int, default=12, help="layers of the model that forward times")
parser.add_argument("--forms", nargs="+", default=FORMS, choices=FORMS, help="Lathe's forms that forward times")
options = parser.parse_args()
torch.manual_seed(0)
torch.set_num_threads(options.threads)
forward(options) if options.work == "forward" else train_step(options)
