#!/usr/bin/env python3
"""One-token decoding of GPT-2's smallest shape: Lathe beside llama.cpp, random weights, in turn in one run.

    Scripts/decode-beside-llama.py --lathe .build/release/lathe [--threads 2] [--rounds 5]

Needs the Python packages numpy, gguf and llama-cpp-python. Weights of llama.cpp are Q8_0 and Q4_0 throughout (the token table, which is the
output layer too, included), Lathe's are 8 and 4 bits with one scale an output. Prints milliseconds a token, medians of all rounds.
"""
import argparse, json, os, statistics, subprocess, tempfile, time
import numpy as np
import gguf
import llama_cpp

VOCABULARY, HIDDEN, LAYERS, HEADS, POSITIONS = 50257, 768, 12, 12, 1024


def byte_characters():
    """The characters by which GPT-2's tokenizer writes bytes."""
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    rest = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(rest))]


def write_model(path, kind):
    """A GPT-2 of random weights with matrices of type `kind`."""
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_context_length(POSITIONS)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(4 * HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if kind == gguf.GGMLQuantizationType.Q8_0 else gguf.LlamaFileType.MOSTLY_Q4_0)
    characters = byte_characters()
    tokens = characters + [f"token{index}" for index in range(VOCABULARY - len(characters) - 1)] + ["<|endoftext|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * (VOCABULARY - 1) + [gguf.TokenType.CONTROL])
    writer.add_token_merges(["t o"])
    writer.add_bos_token_id(VOCABULARY - 1)
    writer.add_eos_token_id(VOCABULARY - 1)

    def matrix(name, *shape):
        values = random.normal(0, 0.02, shape).astype(np.float32)
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    def vector(name, value, *shape):
        writer.add_tensor(name, np.full(shape, value, np.float32))

    matrix("token_embd.weight", VOCABULARY, HIDDEN)
    writer.add_tensor("position_embd.weight", random.normal(0, 0.02, (POSITIONS, HIDDEN)).astype(np.float32))
    for layer in range(LAYERS):
        for norm in "attn_norm", "ffn_norm":
            vector(f"blk.{layer}.{norm}.weight", 1, HIDDEN)
            vector(f"blk.{layer}.{norm}.bias", 0, HIDDEN)
        for name, outputs, inputs in (("attn_qkv", 3 * HIDDEN, HIDDEN), ("attn_output", HIDDEN, HIDDEN), ("ffn_up", 4 * HIDDEN, HIDDEN),
                                      ("ffn_down", HIDDEN, 4 * HIDDEN)):
            matrix(f"blk.{layer}.{name}.weight", outputs, inputs)
            vector(f"blk.{layer}.{name}.bias", 0, outputs)
    vector("output_norm.weight", 1, HIDDEN)
    vector("output_norm.bias", 0, HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Peer:
    """A model in llama.cpp with `context` tokens in its cache."""

    def __init__(self, path, threads, context):
        self.model = llama_cpp.Llama(path, n_ctx=512, n_threads=threads, n_threads_batch=threads, verbose=False, logits_all=False)
        self.context = context

    def milliseconds(self, count):
        self.model.reset()
        self.model.eval(list(range(300, 300 + self.context)))
        times = []
        for index in range(count):
            start = time.perf_counter()
            self.model.eval([400 + index])
            times.append((time.perf_counter() - start) * 1e3)
        return times


def lathe_milliseconds(program, weights, threads, context, count):
    command = [program, "bench", "decode", "--weights", weights, "--context", str(context), "--threads", str(threads), "--repeat", str(count), "--json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lathe", required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--weights", nargs="+", default=["w8a8", "w4a8", "w2a8", "w1a8"])
    arguments = parser.parse_args()
    peers, ours = {}, {weights: [] for weights in arguments.weights}
    shares = {weights: [] for weights in arguments.weights}
    with tempfile.TemporaryDirectory() as directory:
        for name, kind in (("llama.cpp Q8_0", gguf.GGMLQuantizationType.Q8_0), ("llama.cpp Q4_0", gguf.GGMLQuantizationType.Q4_0)):
            path = os.path.join(directory, f"{kind.name}.gguf")
            write_model(path, kind)
            peers[name] = (Peer(path, arguments.threads, arguments.context), [])
        for _ in range(arguments.rounds):
            for peer, times in peers.values():
                times += peer.milliseconds(60)[10:]
            for weights in arguments.weights:
                result = lathe_milliseconds(arguments.lathe, weights, arguments.threads, arguments.context, 60)
                ours[weights].append(result["median_ms"])
                shares[weights].append(result["share_of_memory"])
    medians = {name: statistics.median(times) for name, (_, times) in peers.items()}
    print(f"GPT-2, 124 million parameters, one token after {arguments.context}, {arguments.threads} threads")
    for name, median in medians.items():
        print(f"  {name:16} {median:7.2f} ms  {1000 / median:6.1f} tokens/s")
    for weights in arguments.weights:
        median = statistics.median(ours[weights])
        line = f"  Lathe {weights:10} {median:7.2f} ms  {1000 / median:6.1f} tokens/s  {statistics.median(shares[weights]):4.0%} of memory"
        beside = {"w8a8": "llama.cpp Q8_0", "w4a8": "llama.cpp Q4_0"}.get(weights)
        if beside:
            line += f"  {medians[beside] / median:.2f} times {beside}"
        if weights != "w8a8" and "w8a8" in ours:
            line += f"  {statistics.median(ours['w8a8']) / median:.2f} times w8a8"
        print(line)


main()
