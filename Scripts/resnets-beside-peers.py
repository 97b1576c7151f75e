#!/usr/bin/env python3
"""ResNet-50 (224 pixels) and a CIFAR ResNet-20 with random weights: Lathe compared with torch, ONNX Runtime and OpenVINO, in turn in one run.

    Scripts/resnets-beside-peers.py forward    --lathe .build/release/lathe [--networks resnet50 resnet20] [--threads 2] [--rounds 3]
    Scripts/resnets-beside-peers.py train-step --lathe .build/release/lathe [--batch 128] [--threads 2] [--rounds 3]

Needs the Python packages torch and torchvision; forward also onnx, onnxruntime, openvino and nncf. A round times every peer and
then Lathe; a figure is the median of all rounds, a ratio a tool's time over that of Lathe's w8a8. OpenVINO multiplies 8 bits in static
ranges from NNCF, Lathe in a range for each image. `--isa avx512` keeps Lathe from using AMX; set ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI
to keep OpenVINO from it.
"""
import argparse, os, tempfile, warnings

warnings.filterwarnings("ignore")
import torch
import torchvision

from peer_timing import compare
from torch_resnet import BasicBlock

NETWORKS = {"resnet50": (224, [1, 8]), "resnet20": (32, [1, 128])}


class SmallResNet(torch.nn.Module):
    """20 layers for images of 32 pixels (He et al., arXiv:1512.03385, section 4.2)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for width, stride in ((16, 1), (32, 2), (64, 2)):
            for index in range(3):
                blocks.append(BasicBlock(inputs, width, stride if index == 0 else 1))
                inputs = width
        self.blocks, self.fc = torch.nn.Sequential(*blocks), torch.nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(self.bn1(self.conv1(x)).relu()).mean((2, 3)))


def network(name):
    return torchvision.models.resnet50() if name == "resnet50" else SmallResNet()


def forward(options):
    import nncf, numpy, onnxruntime, openvino

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    hints = {"INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    core = openvino.Core()
    for name in options.networks:
        size, batches = NETWORKS[name]
        model = network(name).eval()
        sample = lambda batch: numpy.random.randn(batch, 3, size, size).astype(numpy.float32)
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/network.onnx"
            torch.onnx.export(model, torch.zeros(1, 3, size, size), path, input_names=["x"], dynamic_axes={"x": {0: "batch"}},
                              opset_version=17, dynamo=False)
            session = onnxruntime.InferenceSession(path, settings)
            data = nncf.Dataset([{"x": sample(1)} for _ in range(8)])
            static = core.compile_model(nncf.quantize(core.read_model(path), data, subset_size=8), "CPU", hints).create_infer_request()
        for batch in batches:
            x = sample(batch)

            def with_torch():
                with torch.inference_mode():
                    model(torch.from_numpy(x))

            peers = {"torch f32": with_torch, "ONNX Runtime f32": lambda: session.run(None, {"x": x}),
                     "OpenVINO int8 static": lambda: static.infer({"x": x})}
            shape = ["forward", "--preset", name, "--batch", batch, "--threads", options.threads, "--weights"]
            ours = {f"Lathe {form}": [options.lathe, *shape, form] for form in ("fp32", "w8a8")}
            compare(f"{name}, batch {batch}, {options.threads} threads", peers, ours, "Lathe w8a8", options.rounds, 5)


def train_step(options):
    model = network("resnet20").train()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    x, y = torch.randn(options.batch, 3, 32, 32), torch.randint(0, 10, (options.batch,))

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    ours = [options.lathe, "train-step", "--preset", "resnet20", "--batch", options.batch, "--threads", options.threads]
    compare(f"ResNet-20 training step, batch {options.batch}, {options.threads} threads", {"torch f32": step}, {"Lathe f32": ours},
            "Lathe f32", options.rounds, 3)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("work", choices=["forward", "train-step"])
parser.add_argument("--lathe", required=True)
parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS)
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--isa", help="kernels that Lathe uses, as LATHE_ISA names them")
options = parser.parse_args()
if options.isa:
    os.environ["LATHE_ISA"] = options.isa
torch.manual_seed(0)
torch.set_num_threads(options.threads)
forward(options) if options.work == "forward" else train_step(options)
