#!/usr/bin/env python3
"""Makes a model of GPT-2 124M's shape with random weights, from a seed, and what it computes.

    python3 Scripts/make-random-gpt2.py OUT                            # weights as GPT-2's start: it repeats one token
    python3 Scripts/make-random-gpt2.py OUT --initializer-range 0.1    # larger ones: tokens vary, which tests more

OUT (500 MB) is a Hugging Face directory without a tokenizer. Its `expected.safetensors` holds `input_ids` [2, 64],
`positions` [3] and `logits` [2, 3, vocabulary] there, the largest logit's token at every position (`argmax` [2, 64]), and
`prompt` [8] with its 20 greedily chosen tokens (`continuation`). Where two tokens are nearly as likely, other rounding may
choose the other: `argmax_margin` and `continuation_margin` are how far the largest logit is from the next. Computed in
double precision. Needs `pip install torch transformers safetensors`.
"""
import argparse
import pathlib
import sys

try:
    import torch
    import transformers
    from safetensors.torch import save_file
except ModuleNotFoundError as error:
    sys.exit(f"the Python package {error.name} is missing: pip install torch transformers safetensors")

POSITIONS = [0, 31, 63]
NEW_TOKENS = 20


def largest(logits):
    """The token with the largest logit, and how far the next one is."""
    values, tokens = logits.topk(2)
    return tokens[..., 0], values[..., 0] - values[..., 1]


def greedy(model, prompt):
    ids, margins = prompt, []
    for _ in range(NEW_TOKENS):
        token, margin = largest(model(ids.unsqueeze(0)).logits[0, -1])
        ids = torch.cat([ids, token.unsqueeze(0)])
        margins.append(margin)
    return ids[len(prompt):], torch.stack(margins)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--initializer-range", type=float, default=0.02, help="spread of the weights; GPT-2 has 0.02")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()

    config = transformers.GPT2Config(initializer_range=options.initializer_range)
    model = transformers.GPT2LMHeadModel(config).eval()
    model.save_pretrained(options.out)
    model = model.double()
    ids = torch.randint(config.vocab_size, (2, 64))
    prompt = torch.randint(config.vocab_size, (8,))
    with torch.no_grad():
        logits = model(ids).logits
        continuation, continuation_margin = greedy(model, prompt)
    argmax, argmax_margin = largest(logits)
    tensors = {
        "input_ids": ids, "positions": torch.tensor(POSITIONS), "logits": logits[:, POSITIONS], "argmax": argmax,
        "argmax_margin": argmax_margin, "prompt": prompt, "continuation": continuation, "continuation_margin": continuation_margin,
    }
    save_file({name: tensor.to(torch.float32 if tensor.is_floating_point() else torch.int32).contiguous()
               for name, tensor in tensors.items()}, options.out / "expected.safetensors")
    print(f"{sum(parameter.numel() for parameter in model.parameters())} parameters, seed {options.seed}")
    print(f"continuation {continuation.tolist()}, smallest margins {argmax_margin.min():.1e}, {continuation_margin.min():.1e}")


if __name__ == "__main__":
    main()
