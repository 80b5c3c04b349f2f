"""The process that runs llama.cpp: `python -m stellarchat.engines.llamacpp.worker --model … --port …`.

It checks the file, opens llama.cpp's own HTTP server on a loopback port and stays until it is killed.
The key that requests must carry comes in the environment variable STELLAR_ENGINE_KEY. SIGTERM has its
default effect on purpose: while weights load, llama.cpp holds the interpreter, and a handler written in
Python would not run until it is done. There is nothing to save.

Exit codes: 2 wrong arguments, 3 the model file is unusable, 4 the port is taken, 5 llama.cpp refused.
"""

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from stellarchat.engines.llamacpp.gguf import BadGGUF, Header, read_header
from stellarchat.engines.llamacpp.template import problem

HOST = "127.0.0.1"
KEY_VARIABLE = "STELLAR_ENGINE_KEY"
BAD_MODEL, PORT_TAKEN, REFUSED = 3, 4, 5


def main(argv: list[str] | None = None) -> NoReturn:
    """Serve until killed; leaves by SystemExit with one of the codes above where it can't."""
    arguments = parser().parse_args(argv)
    key = os.environ.pop(KEY_VARIABLE, "")
    header = check_model(arguments.model)
    check_port(arguments.port)
    if arguments.kind == "chat":
        check_template(header, arguments.model)
    import xllamacpp

    params = parameters(arguments, header, key)
    try:
        server = xllamacpp.Server(params)  # noqa: F841  (it serves for as long as it is referred to)
    except RuntimeError as error:
        time.sleep(0.2)  # a thread of llama.cpp's still writes why
        fail(REFUSED, f"llama.cpp could not load {arguments.model.name}: {error} The lines above say why.")
    while True:
        signal.pause()


def parser() -> argparse.ArgumentParser:
    """The command line; `engine.plan` writes it."""
    made = argparse.ArgumentParser(prog="stellarchat-llamacpp", allow_abbrev=False)
    made.add_argument("--model", type=Path, required=True)
    made.add_argument("--port", type=int, required=True)
    made.add_argument("--context", type=int, required=True, help="tokens of each slot")
    made.add_argument("--slots", type=int, required=True)
    made.add_argument("--threads", type=int, required=True)
    made.add_argument("--alias", required=True, help="the model's name in answers")
    made.add_argument("--kind", choices=["chat", "embedding", "rerank"], default="chat")
    made.add_argument("--gpu-layers", type=int, default=0)
    made.add_argument("--mmproj", type=Path, help="the vision projector")
    made.add_argument("--lora", action="append", default=[], metavar="PATH[:SCALE]")
    made.add_argument("--cache-type", help="form of keys and values, as q8_0")
    made.add_argument("--thinking", choices=["on", "off"], help="of requests that don't say")
    made.add_argument("--prompt-cache", type=int, default=0, help="MiB of memory for idle prompts")
    return made


def check_model(path: Path) -> Header:
    """Leave with a clear word where the file is missing, cut off or damaged."""
    try:
        return read_header(path)
    except BadGGUF as error:
        fail(BAD_MODEL, f"{path.name} cannot be used: {error}")
    except OSError as error:
        fail(BAD_MODEL, f"{path} cannot be read: {error.strerror}.")


def check_template(header: Header, path: Path) -> None:
    """Leave with a clear word where the chat template is endless or breaks llama.cpp."""
    template = header.values.get("tokenizer.chat_template")
    if isinstance(template, str) and template and (found := problem(template)):
        fail(BAD_MODEL, f"{path.name} cannot be used: its chat template is broken or hostile: {found}.")


def check_port(port: int) -> None:
    """Leave with a clear word where somebody listens already; llama.cpp's own is 'init failed'."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            fail(PORT_TAKEN, f"port {port} cannot be used: {error.strerror}.")


def parameters(arguments: argparse.Namespace, header: Header, key: str) -> Any:  # xllamacpp has no type stubs
    """Return llama.cpp's parameters (`common_params`) for our command line."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(arguments.model)
    params.model_alias = {arguments.alias}
    params.hostnames = [HOST]
    params.port = arguments.port
    params.api_keys = [key] if key else []
    params.cors_origins = ""
    params.ui = False
    params.offline = True
    params.endpoint_slots = True
    params.endpoint_metrics = True
    params.endpoint_props = False  # POST /props would let a client change the model's settings
    params.n_threads_http = 2 * arguments.slots + 8

    params.n_parallel = arguments.slots
    params.n_ctx = arguments.context * arguments.slots  # llama.cpp divides it by the slots
    params.cont_batching = True
    params.cache_prompt = True
    params.cache_ram_mib = arguments.prompt_cache
    params.cpuparams.n_threads = arguments.threads
    params.cpuparams_batch.n_threads = arguments.threads
    params.n_gpu_layers = arguments.gpu_layers
    params.lora_adapters = [adapter(word) for word in arguments.lora]
    if arguments.mmproj is not None:
        params.mmproj.path = str(arguments.mmproj)
        params.mmproj_use_gpu = arguments.gpu_layers > 0
    if arguments.cache_type is not None:
        kind = getattr(xllamacpp.ggml_type, f"GGML_TYPE_{arguments.cache_type.upper()}")
        params.cache_type_k = params.cache_type_v = kind
    if arguments.thinking is not None:
        params.default_template_kwargs = {
            "enable_thinking": "true" if arguments.thinking == "on" else "false"
        }

    params.use_jinja = True
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_DEEPSEEK
    if arguments.kind != "chat":
        params.embedding = True
        # a pooled text is read in one batch
        params.n_batch = params.n_ubatch = arguments.context
    pooling = xllamacpp.llama_pooling_type
    if arguments.kind == "rerank":
        params.pooling_type = pooling.LLAMA_POOLING_TYPE_RANK
    elif arguments.kind == "embedding" and not header.number("pooling_type"):
        params.pooling_type = pooling.LLAMA_POOLING_TYPE_MEAN  # the file does not say
    return params


def adapter(word: str) -> Any:
    """Return a LoRA adapter of `PATH` or `PATH:SCALE`."""
    import xllamacpp

    path, colon, scale = word.rpartition(":")
    try:
        strength = float(scale) if colon else 1.0
    except ValueError:
        path, strength = word, 1.0
    file = Path(path or word).expanduser()
    if not file.is_file():
        fail(BAD_MODEL, f"there is no adapter at {file}.")
    return xllamacpp.CommonAdapterLoraInfo(path=str(file), scale=strength)


def fail(code: int, message: str) -> NoReturn:
    """Say `message` as the last words and leave with `code`."""
    print(f"error: {message}", file=sys.stderr, flush=True)  # noqa: T201
    raise SystemExit(code)


if __name__ == "__main__":
    main()
