"""Write a trained model as Hugging Face files and as GGUF.

``python -m tools.demo_model.export --run build/demo``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tools.demo_model.files import GGUF_FILE, HF_FOLDER
from tools.demo_model.tokenizer import CHAT_TEMPLATE, END, END_OF_TEXT, SPECIAL

DESCRIPTION = "StellarChat's small demonstration model, trained from scratch on generated dialogues."
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}

Weights = dict[str, np.ndarray]
ShapeData = dict[str, int | float]


def write_hugging_face(folder: Path, weights: Weights, shape: ShapeData, tokenizer: Tokenizer) -> None:
    """Weights are stored as float16; ``dtype`` asks for float32, in which processors calculate exactly."""
    folder.mkdir(parents=True, exist_ok=True)
    end, start = tokenizer.token_to_id(END), tokenizer.token_to_id(END_OF_TEXT)
    ids = {"bos_token_id": start, "eos_token_id": end, "pad_token_id": start}
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **shape,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape["rope_theta"]},
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "use_cache": True,
        "dtype": "float32",
        **ids,
    }
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_bos_token": False,
        "add_eos_token": False,
        "bos_token": END_OF_TEXT,
        "eos_token": END,
        "pad_token": END_OF_TEXT,
        "additional_special_tokens": list(SPECIAL),
        "clean_up_tokenization_spaces": False,
        "model_max_length": shape["max_position_embeddings"],
        "chat_template": CHAT_TEMPLATE,
    }
    files = {
        "config.json": config,
        "tokenizer_config.json": tokenizer_config,
        "generation_config.json": {**ids, "do_sample": False},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows in the order of llama.cpp's rotary embedding: pairs side by side instead of halves."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def gguf_tensor(name: str, weight: np.ndarray, shape: ShapeData) -> tuple[str, np.ndarray]:
    if name == "model.embed_tokens.weight":
        return "token_embd.weight", weight
    if name == "model.norm.weight":
        return "output_norm.weight", weight.astype(np.float32)
    _, _, layer, *middle, _ = name.split(".")
    kind = NAMES[".".join(middle)]
    if kind == "attn_q":
        weight = interleave(weight, int(shape["num_attention_heads"]))
    elif kind == "attn_k":
        weight = interleave(weight, int(shape["num_key_value_heads"]))
    elif kind.endswith("norm"):
        weight = weight.astype(np.float32)
    return f"blk.{layer}.{kind}.weight", weight


def write_gguf(path: Path, weights: Weights, shape: ShapeData, tokenizer: Tokenizer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Stellar Demo")
    writer.add_author("StellarChat")
    writer.add_organization("StellarChat")
    writer.add_description(DESCRIPTION)
    writer.add_license("same terms as StellarChat")
    writer.add_languages(["en", "zh"])
    writer.add_size_label("2.4M")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_vocab_size(int(shape["vocab_size"]))
    writer.add_context_length(int(shape["max_position_embeddings"]))
    writer.add_embedding_length(int(shape["hidden_size"]))
    writer.add_block_count(int(shape["num_hidden_layers"]))
    writer.add_feed_forward_length(int(shape["intermediate_size"]))
    writer.add_head_count(int(shape["num_attention_heads"]))
    writer.add_head_count_kv(int(shape["num_key_value_heads"]))
    writer.add_key_length(int(shape["head_dim"]))
    writer.add_value_length(int(shape["head_dim"]))
    writer.add_rope_dimension_count(int(shape["head_dim"]))
    writer.add_rope_freq_base(float(shape["rope_theta"]))
    writer.add_layer_norm_rms_eps(float(shape["rms_norm_eps"]))
    add_vocabulary(writer, tokenizer)
    for name, weight in weights.items():
        writer.add_tensor(*gguf_tensor(name, weight, shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    stored = json.loads(tokenizer.to_str())
    ids = {index: token for token, index in tokenizer.get_vocab().items()}
    tokens = [ids[index] for index in range(len(ids))]
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in stored["model"]["merges"]]
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokenizer.token_to_id(END_OF_TEXT))
    writer.add_eos_token_id(tokenizer.token_to_id(END))
    writer.add_eot_token_id(tokenizer.token_to_id(END))
    writer.add_pad_token_id(tokenizer.token_to_id(END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("build/demo"), help="folder written by train.py")
    parser.add_argument("--gguf", type=Path, default=GGUF_FILE)
    parser.add_argument("--hf", type=Path, default=HF_FOLDER)
    given = parser.parse_args()
    stored = load_file(given.run / "weights.safetensors")
    weights = {name: weight.astype(np.float16) for name, weight in stored.items()}
    shape = json.loads((given.run / "shape.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(given.run / "tokenizer.json"))
    write_hugging_face(given.hf, weights, shape, tokenizer)
    write_gguf(given.gguf, weights, shape, tokenizer)
    for path in (given.gguf, given.hf / "model.safetensors"):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
