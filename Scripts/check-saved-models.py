#!/usr/bin/env python3
"""Opens the models that Lathe wrote with `transformers`, or with torch for a ResNet, and compares what they compute.

    python3 Scripts/check-saved-models.py DIR

Every directory in DIR has `model.safetensors`, `config.json` (`architectures` says which model; without one it is a ResNet)
and a copy of `expected.safetensors`, as make-pretrained-fixtures.py makes it; without that copy it is only opened. Fails
where a key is missing or unexpected, or where an output is off by more than 1e-5 of the largest value. Needs
`pip install torch transformers safetensors`.
"""
import argparse
import json
import pathlib
import sys

try:
    import torch
    import torch_resnet
    import transformers
    from safetensors.torch import load_file
except ModuleNotFoundError as error:
    sys.exit(f"the Python package {error.name} is missing: pip install torch transformers safetensors")

TOLERANCE = 1e-5
LOADERS = {
    "ForSequenceClassification": transformers.AutoModelForSequenceClassification, "ForMaskedLM": transformers.AutoModelForMaskedLM,
    "ForPreTraining": transformers.AutoModelForPreTraining, "LMHeadModel": transformers.AutoModelForCausalLM,
    "Model": transformers.AutoModel,
}


def architecture(directory):
    config = directory / "config.json"
    names = json.loads(config.read_text()).get("architectures") if config.exists() else None
    return names[0] if names and hasattr(transformers, names[0]) else None


def transformer_outputs(directory, name, tensors):
    loader = next(loader for ending, loader in LOADERS.items() if name.endswith(ending))
    model, report = loader.from_pretrained(directory, dtype=torch.float32, output_loading_info=True)
    problems = [f"{kind}: {sorted(keys)}" for kind, keys in report.items() if keys]
    if type(model).__name__ != name:
        problems.append(f"opened as {type(model).__name__}, not {name}")
    inputs = {key: tensors[key].long() for key in ("input_ids", "attention_mask", "token_type_ids") if key in tensors}
    if not inputs:
        return problems, {}
    output = model.eval()(**inputs, output_hidden_states=True)
    hidden = {f"hidden_states.{layer}": states for layer, states in enumerate(output.hidden_states)}
    return problems, hidden | {key: value for key, value in output.items() if torch.is_tensor(value)}


def resnet_outputs(directory, tensors):
    state = load_file(directory / "model.safetensors")
    model = torch_resnet.for_state(state).eval()
    keys = model.load_state_dict(state, strict=False)
    # Counts of batches are no weights: torch starts them at 0 where a file lacks them.
    missing = [key for key in keys.missing_keys if not key.endswith("num_batches_tracked")]
    problems = [f"{kind}: {names}" for kind, names in (("missing", missing), ("unexpected", keys.unexpected_keys)) if names]
    return problems, {"logits": model(tensors["x"])} if "x" in tensors else {}


def check(directory):
    """What is wrong, the number of outputs compared and the largest error relative to an output's largest value."""
    expected = directory / "expected.safetensors"
    tensors = load_file(expected) if expected.exists() else {}
    name = architecture(directory)
    with torch.no_grad():
        problems, outputs = transformer_outputs(directory, name, tensors) if name else resnet_outputs(directory, tensors)
    errors = {}
    for key in outputs.keys() & tensors.keys():
        wanted, got = tensors[key], outputs[key]
        if wanted.shape != got.shape:
            problems.append(f"{key}: shape {list(got.shape)}, expected {list(wanted.shape)}")
            continue
        errors[key] = ((got - wanted).abs().max() / wanted.abs().max()).item()
        if not errors[key] <= TOLERANCE:
            problems.append(f"{key}: off by {errors[key]:.1e} of the largest value")
    if tensors and not errors:
        problems.append("none of the outputs is in expected.safetensors")
    return name or "ResNet", problems, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    directories = sorted(path.parent for path in parser.parse_args().directory.glob("*/model*.safetensors*"))
    if not directories:
        sys.exit("no directory with model.safetensors")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    failed = 0
    for directory in sorted(set(directories)):
        try:
            name, problems, errors = check(directory)
        except Exception as error:
            name, problems, errors = "?", [f"{type(error).__name__}: {error}"], {}
        worst = f"{max(errors.values()):.1e}" if errors else "-"
        print(f"{directory.name:28} {name:36} {len(errors):2} outputs, error {worst}", *problems, sep="\n    ")
        failed += bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
