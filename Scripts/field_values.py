"""The fields that check-fields.py changes, and the values that they get."""
import dataclasses
import json

import transformers

ABSENT = object()

# Fields that a saved model may have otherwise: the type of its weights, and its class where Lathe saves another one's.
REWRITTEN = {"dtype", "torch_dtype", "quantization_config", "architectures", "transformers_version"}

ACTIVATIONS = ["gelu", "gelu_new", "gelu_fast", "gelu_python", "gelu_pytorch_tanh", "gelu_10", "gelu_accurate", "quick_gelu", "relu", "relu2", "relu6", "silu", "swish", "tanh", "sigmoid", "mish", "linear", "leaky_relu", "laplace"]
CHOICES = {
    "hidden_act": ACTIVATIONS, "activation": ACTIVATIONS, "activation_function": ACTIVATIONS,
    "problem_type": ["regression", "single_label_classification", "multi_label_classification"],
    "position_embedding_type": ["absolute", "relative_key", "relative_key_query"],
    "dtype": ["float16", "bfloat16", "float32", "float64"], "torch_dtype": ["float16", "bfloat16", "float32"],
    "model_type": ["bert", "roberta", "distilbert", "gpt2"],
    "tokenizer_class": ["BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "RobertaTokenizer", "GPT2Tokenizer", "GPT2TokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"],
    "padding_side": ["left", "right"], "truncation_side": ["left", "right"],
    "summary_type": ["last", "mean"], "attn_implementation": ["eager", "sdpa"], "cache_implementation": ["dynamic", "static"],
    "pooling_mode": ["cls", "max", "mean", "lasttoken", "weightedmean", "mean_sqrt_len_tokens", ["cls", "mean"], ["mean"]],
    "similarity_fn_name": ["dot", "cosine"], "default_prompt_name": ["query", "document", "none"], "model_task": ["x"],
    "stop_strings": ["l", ["he", "o"]], "transformer_task": ["feature-extraction", "fill-mask"],
}
# What is tried for fields that are absent or null, and in addition to what their kind suggests.
MORE = {
    "id2label": [{"0": "a", "1": "b", "2": "c"}, {"0": "x", "1": "x", "2": "y"}, {"0": 3, "1": 4, "2": 5}, {"0": None, "1": "b", "2": "c"}, {"2": "c", "0": "a", "1": "b"}, {"0": "a"}, {"0": "a", "1": "b"}],
    "label2id": [{"good": 0, "bad": 1, "fair": 2}, {}], "num_labels": [1, 2, 3, 5], "_num_labels": [2, 3],
    "architectures": [["BertModel"], ["RobertaModel"], ["BertForQuestionAnswering"], ["GPT2Model"], []],
    "pruned_heads": [{}, {"0": [1]}], "per_layer_config": [{"0": {"num_attention_heads": 1}}, {"0": {"hidden_act": "relu"}}],
    "eos_token_id": [0, 7, [0, 7], [163, 299], 299, 296], "bos_token_id": [0, 5], "pad_token_id": [0, 1, 3, 5, 299, 300, -1],
    "suppress_tokens": [[296, 286, 11], []], "begin_suppress_tokens": [[296, 286, 11]], "bad_words_ids": [[[296], [286]], [[11, 174], [57, 163]], [[]]],
    "sequence_bias": [[[[296], -20.0], [[270], 20.0]], [[[11, 174], -5.5]]], "exponential_decay_length_penalty": [[2, 1.5], [0, 3.0]],
    "forced_eos_token_id": [7, [7, 8]], "forced_bos_token_id": [7], "min_length": [5, 12, 20], "min_new_tokens": [3, 10], "max_length": [3, 10, 41, 60],
    "max_new_tokens": [1, 5, 60], "repetition_penalty": [1.5, 0.5, 1.0], "no_repeat_ngram_size": [1, 2, 3], "encoder_repetition_penalty": [1.5, 0.5],
    "encoder_no_repeat_ngram_size": [1, 2], "num_beams": [1, 2, 4], "num_return_sequences": [1, 2], "num_beam_groups": [1, 2], "guidance_scale": [1.0, 1.5],
    "penalty_alpha": [0.0, 0.6], "temperature": [0.5, 1.0, 2.0], "top_k": [0, 1, 5], "top_p": [0.5, 1.0], "min_p": [0.1], "typical_p": [0.5, 1.0], "top_h": [0.5],
    "epsilon_cutoff": [0.1], "eta_cutoff": [0.1], "watermarking_config": [{"bias": 20.0}], "prompt_lookup_num_tokens": [3], "dola_layers": ["high"],
    "length_penalty": [2.0], "early_stopping": [True], "diversity_penalty": [0.5], "force_words_ids": [[[7]]], "constraints": [[]], "max_time": [60.0],
    "do_sample": [False], "token_healing": [True, False], "renormalize_logits": [True], "remove_invalid_values": [True], "use_cache": [False],
    "decoder_start_token_id": [5], "assistant_early_exit": [1], "prefill_chunk_size": [2], "low_memory": [True], "return_dict_in_generate": [False],
    "layer_norm_eps": [0.5], "layer_norm_epsilon": [0.5], "n_ctx": [40, 10], "n_inner": [64, 32], "quantization_config": [{"quant_method": "gptq"}],
    "task_specific_params": [{"text-generation": {"do_sample": False, "max_length": 50}}], "max_seq_length": [4, 40, 41, 100, None], "query_length": [4],
    "model_args": [{"add_pooling_layer": False}], "modality_config": [{"text": {"method": "forward", "method_output_name": "last_hidden_state"}}],
    "module_output_name": ["token_embeddings"], "processing_kwargs": [{"text": {"max_length": 5, "truncation": True}}], "unpad_inputs": [False, True],
    "model_max_length": [6, 40, 41, 10 ** 30, 1e30], "added_tokens_decoder": [{"31": {"content": "<ent>", "special": True}}, {"31": {"content": "film", "special": False, "normalized": False}}],
    "additional_special_tokens": [["<ent>"], ["film"]], "extra_special_tokens": [["<ent>"], {"x_token": "<ent>"}],
    "split_special_tokens": [True, False], "add_bos_token": [True, False], "add_eos_token": [True, False], "model_input_names": [["input_ids", "attention_mask"], ["input_ids"]],
    "clean_up_tokenization_spaces": [True, False], "errors": ["ignore", "strict"], "never_split": [["film"]], "do_basic_tokenize": [False], "wordpieces_prefix": ["#"],
    "max_length": [3, 10, 41, 60], "stride": [2], "truncation_strategy": ["only_first"], "legacy": [True], "chat_template": ["{{ messages }}"], "trim_offsets": [False],
    "tokenizer_truncation": [None], "word_embedding_dimension": [8, 16], "embedding_dimension": [16], "include_prompt": [True, False],
    "prompts": [{"query": "a "}, {}, {"query": None}], "truncate_dim": [4], "type": [
        "sentence_transformers.models.Normalize", "sentence_transformers.models.Dense", "sentence_transformers.models.Pooling", "sentence_transformers.models.Transformer",
        "sentence_transformers.base.modules.transformer.Transformer", "sentence_transformers.models.Dropout", "x"],
    "path": ["", "1_Pooling", "missing", "../x"], "model_type": ["bert", "roberta", "SentenceTransformer", "SparseEncoder", "x"], "normalize_embeddings": [True],
    "chunk_size_feed_forward": [2], "is_encoder_decoder": [True], "use_bfloat16": [True], "finetuning_task": ["sst2"], "output_past": [True],
    "cls_token": ["[SEP]", "film", "<new>", {"__type": "AddedToken", "content": "[CLS]", "lstrip": True}], "sep_token": ["[CLS]", "film", "<new>"], "unk_token": ["film", "<new>"],
    "pad_token": ["film", "<new>"], "mask_token": ["film", {"__type": "AddedToken", "content": "[MASK]", "lstrip": True}, {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": True}],
    "bos_token": ["film", "hello"], "eos_token": ["film", "hello"],
}
EXTRA_CONFIG = [
    "num_labels", "_num_labels", "torch_dtype", "output_attentions", "pruned_heads", "per_layer_config", "position_embedding_type", "tokenizer_class", "finetuning_task",
    "task_specific_params", "layer_norm_eps", "layer_norm_epsilon", "n_ctx", "gradient_checkpointing", "quantization_config", "attn_implementation", "use_bfloat16", "torchscript",
    "output_past", "hidden_act", "pooler_fc_size", "directionality", "cross_attention_hidden_size", "classifier_dropout", "suppress_tokens", "repetition_penalty", "min_length",
]
EXTRA_TOKENIZER = [
    "do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space", "padding_side", "truncation_side", "added_tokens_decoder", "additional_special_tokens",
    "extra_special_tokens", "split_special_tokens", "add_bos_token", "add_eos_token", "model_input_names", "clean_up_tokenization_spaces", "errors", "never_split",
    "do_basic_tokenize", "wordpieces_prefix", "max_length", "stride", "truncation_strategy", "legacy", "chat_template", "trim_offsets", "name_or_path", "tokenizer_file", "use_fast",
    "cls_token", "sep_token", "unk_token", "pad_token", "mask_token", "bos_token", "eos_token", "pad_to_multiple_of", "pad_token_type_id", "special_tokens_map_file", "tokenizer_truncation",
]
SENTENCE = {
    "1_Pooling/config.json": ["pooling_mode", "embedding_dimension"],
    "sentence_bert_config.json": [
        "transformer_task", "modality_config", "module_output_name", "processing_kwargs", "unpad_inputs", "query_length", "document_length", "query_expansion", "model_args", "config_args",
        "tokenizer_args"],
    "config_sentence_transformers.json": ["truncate_dim", "model_type"],
}


def kinds(current):
    """Values of the same kind as the current one, and of other kinds."""
    if isinstance(current, bool):
        return [not current, "yes", 1 - current, None, ABSENT]
    if isinstance(current, int):
        return [current + 1, current - 1, 2 * current + 2, 0, -1, 1, str(current), current + 0.5, float(current), True, [current], None, ABSENT]
    if isinstance(current, float):
        return [current / 2, current + 0.25, 0, 0.0, 1.0, -1.0, 5.0, str(current), True, [current], None, ABSENT]
    if isinstance(current, str):
        return ["nonsense", "", 3, True, [current], None, ABSENT]
    if isinstance(current, list):
        return [[], current * 2, current[0] if current else 1, "x", {}, None, ABSENT]
    if isinstance(current, dict):
        return [{}, "x", [], 1, None, ABSENT]
    return [0, 1, 0.5, "x", True, False, [0], {}]


def values(key, current):
    """The values that a field gets, each once, without its own."""
    seen = [json.dumps(current)]
    for value in [*MORE.get(key, []), *CHOICES.get(key, []), *kinds(current)]:
        text = "absent" if value is ABSENT else json.dumps(value)
        if text not in seen:
            seen.append(text)
            yield value


def objects(probe, directory):
    """The objects whose fields are changed: the file, the keys that lead to the object, its fields, and more fields to try."""
    read = lambda name: json.loads((directory / name).read_text())
    configuration = read("config.json")
    names = [field.name for field in dataclasses.fields(probe.config_class())] + list(probe.config_class().attribute_map) + EXTRA_CONFIG
    defaults = probe.config_class()()
    present = {name: getattr(defaults, name, None) for name in names if not name.startswith("_") or name == "_num_labels"}
    if not probe.name.endswith("sentence"):
        yield "config.json", [], {**{name: value for name, value in present.items() if isinstance(value, (bool, int, float, str)) or value is None}, **configuration}
        yield "tokenizer_config.json", [], {**dict.fromkeys(EXTRA_TOKENIZER), **read("tokenizer_config.json")}
        if probe.name == "gpt2-generate":
            yield "generation_config.json", [], {**transformers.GenerationConfig().__dict__, **read("generation_config.json")}
        return
    for name, more in SENTENCE.items():
        yield name, [], {**dict.fromkeys(more), **read(name)}
    for index, module in enumerate(read("modules.json")):
        yield "modules.json", [index], {**dict.fromkeys(["kwargs"]), **module}


def is_nonsense(key, value):
    """Whether Python computes nonsense from a value without refusing it: transformers neither keeps a cache for `use_cache: 0` nor goes without."""
    return key == "use_cache" and isinstance(value, int) and not isinstance(value, bool)


def changes(probe, directory):
    """All changes of a model's files: the file, the keys that lead to the field, and its new value."""
    for file, path, fields in objects(probe, directory):
        for key, current in fields.items():
            for value in values(key, current):
                if is_nonsense(key, value):
                    continue
                yield file, path + [key], value
