"""The tiny models of check-fields.py, and how Python and Lathe run them."""
import json

import numpy as np
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the The film Film was good bad . a an cat cafe caf ##é ##s you run < > ent e café 中 文 中文 ##文".split()
TEXTS = [
    "the film was good", "The Film was bad.", "café a cat [PAD] cats", "中文 the", "you [MASK] run [SEP] bad", "the <ent> run ##s e", "  the  film ",
    "the film was good a cat " * 12,
]
PAIRS = [("the film", "was good"), ("The cat", "you run"), ("a " * 40, "bad " * 40)]
PROMPTS = ["hello", "hell o", "<|endoftext|> hello he"]
NEW_TOKENS = 12


class Refusal(Exception):
    """A model that is not opened."""


# MARK: Results


def equal(left, right, loose=False):
    """Whether two results agree: numbers within float32's rounding, all else exactly."""
    if isinstance(left, Refusal) or isinstance(right, Refusal):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key], loose) for key in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        if len(left) != len(right):
            return False
        if left and all(isinstance(value, float) for value in (*left, *right)):
            scale = max(np.abs(right).max(), 1e-6)
            return bool(np.abs(np.subtract(left, right)).max() <= (5e-2 if loose else 2e-5) * scale)
        return all(equal(a, b, loose) for a, b in zip(left, right))
    if isinstance(left, float) and isinstance(right, float):
        # Logits that torch computes in 16 bits move a probability in the middle by a hundredth.
        return abs(left - right) <= max((5e-2 if loose else 2e-5) * max(abs(right), 0.1), 2e-2 if loose else 0)
    return left == right


def difference(python, ours, loose=False):
    """The first parts of two results that differ."""
    if isinstance(python, (list, tuple)) and isinstance(ours, (list, tuple)) and len(python) == len(ours) and python and not isinstance(python[0], (int, float)):
        for a, b in zip(python, ours):
            if not equal(a, b, loose):
                return difference(a, b, loose)
    return f"python: {str(python)[:180]}\n         lathe:  {str(ours)[:180]}"


# MARK: Models


def randomised(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(0.4 * noise if parameter.ndim > 1 else 0.2 * noise + (0 if name.endswith("bias") else 1))
    return model.eval()


def encoder(prefix, head, **more):
    sizes = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, max_position_embeddings=40, vocab_size=300)
    sizes.update(more)
    if prefix == "Roberta":
        sizes.update(type_vocab_size=1, pad_token_id=0, max_position_embeddings=60)
    if prefix == "DistilBert":
        sizes = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 40, "vocab_size": 300, **more}
    configuration = getattr(transformers, prefix + "Config")(**sizes)
    return randomised(getattr(transformers, prefix + head)(configuration))


NAMES = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")


def save_word_piece(directory, prefix):
    tokenizer = Tokenizer(models.WordPiece({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in WORDS[:5]])
    tokenizer.save(f"{directory}/tokenizer.json")
    settings = {"tokenizer_class": prefix + "Tokenizer", "do_lower_case": False, "model_max_length": 40, **NAMES}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings))


def characters():
    plain, extra = [*range(33, 127), *range(161, 173), *range(174, 256)], iter(range(256, 400))
    return [chr(byte) if byte in plain else chr(next(extra)) for byte in range(256)]


def save_byte_level(directory, specials, settings):
    vocabulary, merges = {token: index for index, token in enumerate(specials)}, [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "hello")]
    for token in characters() + [a + b for a, b in merges]:
        vocabulary.setdefault(token, len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if len(specials) > 1:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), True, False)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    tokenizer.save(f"{directory}/tokenizer.json")
    (directory / "tokenizer_config.json").write_text(json.dumps(settings))


# MARK: Running


def loaded(kind, directory):
    """A model of transformers; one of which parameters would start anew is refused."""
    model, info = kind.from_pretrained(directory, output_loading_info=True)
    if missing := sorted(info["missing_keys"]):
        raise Refusal(f"random weights for {', '.join(missing)}")
    return model.eval()


class Probe:
    """A family's model and one way of running it."""

    aliases = {}

    def __init__(self, name, prefix):
        self.name, self.prefix = name, prefix

    def config_class(self):
        return getattr(transformers, self.prefix + "Config")

    def save_tokenizer(self, directory):
        if self.prefix != "Roberta":
            return save_word_piece(directory, self.prefix)
        names = dict(bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", unk_token="<unk>", pad_token="<pad>", mask_token="<mask>")
        save_byte_level(
            directory, ["<pad>", "<s>", "</s>", "<unk>", "<mask>"],
            {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": False, "model_max_length": 38, **names})

    @property
    def texts(self):
        return TEXTS if self.prefix != "Roberta" else [text.replace("[PAD]", "<pad>").replace("[MASK]", "<mask>") for text in TEXTS[:4] + TEXTS[5:7]] + ["hello he" * 30]


class Embedding(Probe):
    """Hidden states, averaged and scaled, which is what a directory without modules.json means to Lathe."""

    def make(self, directory):
        encoder(self.prefix, "Model").save_pretrained(directory)
        self.save_tokenizer(directory)

    def python(self, directory, change):
        tokenizer, model = transformers.AutoTokenizer.from_pretrained(directory), loaded(transformers.AutoModel, directory)
        result = []
        for text in self.texts:
            encoding = tokenizer(text, truncation=True, return_tensors="pt")
            with torch.no_grad():
                hidden = model(**encoding)[0][0].float().mean(0)
            result.append((encoding["input_ids"][0].tolist(), (hidden / hidden.norm()).tolist()))
        return result

    def lathe(self, run, directory, change):
        (directory / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text in self.texts))
        lines = run("embed", "--model", directory, "--texts", directory / "texts.jsonl", "--json-texts").splitlines()
        return [(line["tokens"], [float(value) for value in line["embedding"]]) for line in map(json.loads, lines)]


class Prediction(Probe):
    """A classifier of texts and pairs, as the pipeline of transformers runs it."""

    def make(self, directory):
        encoder(self.prefix, "ForSequenceClassification", num_labels=3, id2label={0: "bad", 1: "fair", 2: "good"}).save_pretrained(directory)
        self.save_tokenizer(directory)

    def python(self, directory, change):
        model = loaded(transformers.AutoModelForSequenceClassification, directory)
        tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
        classify = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu", top_k=None, truncation=True)
        single = [classify([text])[0] for text in self.texts]
        pairs = [classify({"text": first, "text_pair": second}) for first, second in PAIRS]
        # Lathe gives a class whose name is null the usual one.
        return [{"LABEL_0" if label["label"] is None else str(label["label"]): float(label["score"]) for label in labels} for labels in single + pairs]

    def lathe(self, run, directory, change):
        texts, pairs = directory / "texts.txt", directory / "pairs.txt"
        texts.write_text("".join(json.dumps(text) + "\n" for text in self.texts))
        pairs.write_text("".join(json.dumps(pair) + "\n" for pair in PAIRS))
        lines = run("predict", "--model", directory, "--texts", texts, "--json-texts", "--json").splitlines()
        lines += run("predict", "--model", directory, "--texts", pairs, "--json-texts", "--pairs", "--json").splitlines()
        return [{label["label"]: float(label["score"]) for label in self.labels(json.loads(line), directory)} for line in lines]

    @staticmethod
    def labels(answer, directory):
        """The labels of an answer; the pipeline of transformers shows a number under the name of its label."""
        if "labels" in answer:
            return answer["labels"]
        names = json.loads((directory / "config.json").read_text()).get("id2label") or {}
        return [{"label": str(names.get("0") or "LABEL_0"), "score": answer["score"]}]


class Generation(Probe):
    """GPT-2's greedy continuations."""

    aliases = {"hidden_size": "n_embd", "num_hidden_layers": "n_layer", "num_attention_heads": "n_head", "max_position_embeddings": "n_positions"}
    limits = ("max_length", "max_new_tokens")

    def make(self, directory):
        configuration = transformers.GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=40, vocab_size=300, bos_token_id=0, eos_token_id=0)
        randomised(transformers.GPT2LMHeadModel(configuration), 15).save_pretrained(directory)
        names = {key: "<|endoftext|>" for key in ("bos_token", "eos_token", "unk_token")}
        save_byte_level(directory, ["<|endoftext|>"], {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, "model_max_length": 40, **names})

    def python(self, directory, change):
        tokenizer, model = transformers.AutoTokenizer.from_pretrained(directory), loaded(transformers.AutoModelForCausalLM, directory)
        if model.generation_config.do_sample:
            # Two programs cannot draw the same tokens: whether any are drawn is compared.
            model.generate(**tokenizer(PROMPTS[0], return_tensors="pt"), max_new_tokens=1)
            return "drawn"
        limit = {} if change.keys() & set(self.limits) else {"max_new_tokens": NEW_TOKENS}
        result = []
        for prompt in PROMPTS:
            encoding = tokenizer(prompt, return_tensors="pt")
            output = model.generate(encoding["input_ids"], attention_mask=encoding["attention_mask"], tokenizer=tokenizer, **limit)
            tokens = getattr(output, "sequences", output)[0].tolist()
            new = tokens[encoding["input_ids"].shape[1]:]
            ends = model.generation_config.eos_token_id
            ends = ends if isinstance(ends, list) else [ends]
            if new and new[-1] in ends:
                new.pop()
            result.append((encoding["input_ids"].shape[1], new, tokenizer.decode(new, skip_special_tokens=True)))
        return result

    def lathe(self, run, directory, change):
        limit = [] if change.keys() & set(self.limits) else ["--max-tokens", NEW_TOKENS]
        answers = [self.answer(run, directory, prompt, *limit) for prompt in PROMPTS]
        if change.get("do_sample"):
            return "drawn" if self.answer(run, directory, PROMPTS[0], *limit, "--seed", 7) != answers[0] else "not drawn"
        return [(answer["prompt_tokens"], answer["tokens"], answer["text"]) for answer in answers]

    @staticmethod
    def answer(run, directory, prompt, *options):
        answer = json.loads(run("generate", "--model", directory, "--prompt", prompt, *options, "--json").splitlines()[-1])
        answer.pop("tokens_per_second")
        return answer


class SentenceModel(Probe):
    """A directory of sentence-transformers."""

    def make(self, directory):
        encoder(self.prefix, "Model").save_pretrained(directory)
        self.save_tokenizer(directory)
        (directory / "1_Pooling").mkdir()
        modes = {"pooling_mode_" + mode: mode == "mean_tokens" for mode in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")}
        files = {
            "1_Pooling/config.json": {"word_embedding_dimension": 16, **modes, "include_prompt": True},
            "sentence_bert_config.json": {"max_seq_length": 24, "do_lower_case": False},
            "config_sentence_transformers.json": {
                "__version__": {"sentence_transformers": "3.0.0"}, "prompts": {"query": "you run ", "document": ""}, "default_prompt_name": None,
                "similarity_fn_name": "cosine"},
            "modules.json": [
                {"idx": index, "name": str(index), "path": path, "type": "sentence_transformers.models." + kind}
                for index, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])],
        }
        for name, content in files.items():
            (directory / name).write_text(json.dumps(content))

    def python(self, directory, change):
        from sentence_transformers import SentenceTransformer

        model, result = SentenceTransformer(str(directory), device="cpu"), []
        for text in self.texts:
            prompt = model.prompts.get(model.default_prompt_name, "") if model.default_prompt_name else ""
            tokens = model.tokenize([prompt + text])["input_ids"][0].tolist()
            result.append((tokens, [float(value) for value in model.encode(text)]))
        return result

    lathe = Embedding.lathe


PROBES = [
    *(Embedding(f"{prefix.lower()}-embed", prefix) for prefix in ("Bert", "Roberta", "DistilBert")),
    *(Prediction(f"{prefix.lower()}-predict", prefix) for prefix in ("Bert", "Roberta", "DistilBert")),
    Generation("gpt2-generate", "GPT2"),
    *(SentenceModel(f"{prefix.lower()}-sentence", prefix) for prefix in ("Bert", "Roberta")),
]
for probe in PROBES:
    if probe.prefix == "DistilBert":
        probe.aliases = {"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"}
