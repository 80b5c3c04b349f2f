"""Tries a model's chat template out before the model is loaded.

A template is a program that came with the weights. llama.cpp runs it while it loads, to see what it can
do, and an endless one would keep it there for ever. So a child process runs it first, on a model of a few
kilobytes, with little processor time and memory. Covers the kind of fault of llama-cpp-python's
CVE-2024-34359 and SGLang's CVE-2026-5760.
"""

import os
import resource
import signal
import struct
import tempfile
from pathlib import Path

SECONDS = 1  # of processor time; a usual template takes 0.1, the import included
PATIENCE = 20  # seconds by the clock, for a machine that is busy with other things
MEMORY = 4 << 30  # bytes of address space
WIDTH = 32
_ALIGNMENT = 32


def problem(template: str) -> str | None:
    """Return what is wrong with `template`, or None. Forks: call it before threads are started."""
    status = _tried(template)
    # what has nothing to do with the template must not keep any model from starting
    if not status or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM) or _tried(""):
        return None
    if not os.WIFSIGNALED(status):
        return "llama.cpp cannot run it, or it takes too much memory"
    if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return f"it did not come to an end within {SECONDS} s"
    return f"it crashes llama.cpp ({signal.Signals(os.WTERMSIG(status)).name})"


def _tried(template: str) -> int:
    """Load the skeleton in a child; return its wait status, 0 when all is well."""
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(skeleton(template))
        file.flush()
        child = os.fork()
        if child == 0:
            _load(Path(file.name))
        return os.waitpid(child, 0)[1]


def _load(path: Path) -> None:
    try:
        signal.alarm(PATIENCE)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel, params.cache_ram_mib = 64, 1, 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        params.warmup, params.ui, params.offline = False, False, True
        params.api_keys = [os.urandom(16).hex()]
        server = xllamacpp.Server(params)
        os._exit(0 if server else 1)  # with the server alive: taking it down could wait for its threads
    finally:
        os._exit(1)


def skeleton(template: str) -> bytes:
    """Return the smallest GGUF model that llama.cpp's server loads, with this template."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [2, 3, 3] + [6] * 256  # unknown, control, byte
    numbers = {
        "llama.context_length": 64,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": WIDTH,
        "llama.attention.head_count": 1,
        "llama.rope.dimension_count": WIDTH,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }
    texts = {"general.architecture": "llama", "tokenizer.ggml.model": "llama"}
    if template:
        texts["tokenizer.chat_template"] = template
    pairs = [_text(key) + struct.pack("<I", 8) + _text(value) for key, value in texts.items()]
    pairs += [_text(key) + struct.pack("<II", 4, value) for key, value in numbers.items()]
    pairs += [
        _text("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", 6, 1e-5),
        _text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 259) + b"".join(map(_text, tokens)),
        _text("tokenizer.ggml.scores") + struct.pack("<IIQ259f", 9, 6, 259, *([0.0] * 259)),
        _text("tokenizer.ggml.token_type") + struct.pack("<IIQ259i", 9, 5, 259, *kinds),
    ]
    square, line = (WIDTH, WIDTH), (WIDTH,)
    shapes = {"token_embd.weight": (WIDTH, 259), "output_norm.weight": line}
    shapes |= {f"blk.0.{name}_norm.weight": line for name in ("attn", "ffn")}
    shapes |= {f"blk.0.attn_{name}.weight": square for name in ("q", "k", "v", "output")}
    shapes |= {f"blk.0.ffn_{name}.weight": square for name in ("gate", "up", "down")}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(pairs)) + b"".join(pairs)
    size = 0
    for name, shape in shapes.items():
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, size)
        size += 4 * (shape[0] * (shape[1] if len(shape) > 1 else 1))  # a multiple of the alignment
    return head + bytes(-len(head) % _ALIGNMENT) + bytes(size)


def _text(value: str) -> bytes:
    data = value.encode(errors="replace")
    return struct.pack("<Q", len(data)) + data
