"""The process that runs a model in Transformers: `python -m stellarchat.engines.transformers.worker …`.

It checks the folder, opens its port at once (503 while the weights load) and serves until it is killed.
The key that requests must carry comes in the environment variable STELLAR_ENGINE_KEY. SIGTERM has its
default effect on purpose: there is nothing to save, and memory is given back for certain.

Exit codes: 2 wrong arguments, 3 the folder is unusable, 4 the port is taken, 5 Transformers refused the
model, 6 the model broke down while it wrote.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from stellarchat.engines.transformers.folder import BadFolder, read_folder
from stellarchat.engines.transformers.sizes import PRECISIONS

if TYPE_CHECKING:
    from stellarchat.engines.transformers.service import Service

HOST = "127.0.0.1"
KEY_VARIABLE = "STELLAR_ENGINE_KEY"
BAD_MODEL, PORT_TAKEN, REFUSED, BROKEN = 3, 4, 5, 6
WATCH_SECONDS = 0.5


def main(argv: list[str] | None = None) -> NoReturn:
    """Serve until killed; leaves with one of the codes above where it can't."""
    arguments = parser().parse_args(argv)
    key = os.environ.pop(KEY_VARIABLE, "")
    check_model(arguments.model, trust=arguments.trust_remote_code)
    with listening(arguments.port) as door:
        try:
            import torch

            from stellarchat.engines.transformers.service import Service
        except ImportError as error:
            fail(REFUSED, f"{error}. Install the libraries: pip install 'stellarchat[transformers]'")
        torch.set_num_threads(arguments.threads)
        service = Service(arguments.alias, context=arguments.context, slots=arguments.slots)
        asyncio.run(serve(service, arguments, key, door))
    raise SystemExit(0)


def parser() -> argparse.ArgumentParser:
    """The command line; `engine.plan` writes it."""
    made = argparse.ArgumentParser(prog="stellarchat-transformers", allow_abbrev=False)
    made.add_argument("--model", type=Path, required=True, help="a folder of weights")
    made.add_argument("--port", type=int, required=True)
    made.add_argument("--context", type=int, required=True, help="tokens of each slot")
    made.add_argument("--slots", type=int, required=True, help="replies written at once")
    made.add_argument("--threads", type=int, required=True)
    made.add_argument("--alias", required=True, help="the model's name in answers")
    made.add_argument("--device", default="auto", help="auto, cpu, mps, cuda or cuda:N")
    made.add_argument("--precision", choices=sorted(PRECISIONS), required=True)
    made.add_argument("--batch-tokens", type=int, default=256, help="tokens computed at once")
    made.add_argument("--kind", choices=["chat", "embedding", "rerank"], default="chat")
    made.add_argument("--trust-remote-code", action="store_true")
    return made


def check_model(path: Path, *, trust: bool) -> None:
    """Leave with a clear word where the folder is missing, incomplete or damaged."""
    try:
        facts = read_folder(path)
    except BadFolder as error:
        fail(BAD_MODEL, f"{path.name} cannot be used: {error}")
    except OSError as error:
        fail(BAD_MODEL, f"{path} cannot be read: {error.strerror}.")
    if facts.own_code and not facts.known and not trust:
        fail(
            BAD_MODEL,
            f"{path.name} brings Python code of its own, which would run here. "
            "Start it with trust_remote_code only if you trust its makers.",
        )


def listening(port: int) -> socket.socket:
    """Return a socket that listens; leave with a clear word where somebody else does already."""
    # asyncio sends small pieces at once only where the protocol is named: tokens would wait 40 ms for an ACK
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
    except OSError as error:
        fail(PORT_TAKEN, f"port {port} cannot be used: {error.strerror}.")
    return door


async def serve(service: "Service", arguments: argparse.Namespace, key: str, door: socket.socket) -> None:
    """Answer requests, load meanwhile, and end the process where the model breaks down."""
    import uvicorn

    from stellarchat.engines.transformers.http import Http

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self):  # type: ignore[no-untyped-def]
            yield

    server = Server(
        uvicorn.Config(
            Http(service.routes(), key),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
        )
    )
    if arguments.kind == "chat":
        await service.renderer.start()  # it is ready long before the weights are
    answering = asyncio.create_task(server.serve(sockets=[door]))
    loading = asyncio.create_task(asyncio.to_thread(prepare, service, arguments))
    await asyncio.wait((answering, loading), return_when=asyncio.FIRST_COMPLETED)
    await loading
    print(f"serving {arguments.alias} on port {arguments.port}", file=sys.stderr, flush=True)  # noqa: T201
    while not answering.done():
        await asyncio.sleep(WATCH_SECONDS)
        if service.writer is not None:
            service.writer.batch.sweep()
            if failure := service.writer.batch.failure():
                await asyncio.sleep(WATCH_SECONDS)  # those who wait for an answer hear of it first
                leave(BROKEN, f"the model broke down: {failure}")


def prepare(service: "Service", arguments: argparse.Namespace) -> None:
    """Load the model and hand it to the service. Runs in a thread; ends the process where it fails."""
    from stellarchat.engines.transformers import loading, pooling
    from stellarchat.engines.transformers.batching import Batch
    from stellarchat.engines.transformers.service import Writer

    folder: Path = arguments.model
    try:
        mode = pooling.pooling(folder) if arguments.kind == "embedding" else ""
        loaded = loading.load(
            folder,
            arguments.kind,
            device=loading.device(arguments.device),
            precision=arguments.precision,
            trust=arguments.trust_remote_code,
        )
        if arguments.kind != "chat":
            service.pooler = pooling.Pooler(loaded, arguments.kind, arguments.context, mode)
            return
        batch = Batch(
            loaded.model,
            slots=arguments.slots,
            context=arguments.context,
            width=arguments.batch_tokens,
            ends=loaded.ends,
            pad=loaded.pad,
        )
        batch.start()
        service.writer = Writer(loaded, batch, arguments.context, service.renderer)
    except loading.Unusable as error:
        leave(REFUSED, str(error))
    except Exception as error:
        traceback.print_exc()
        leave(REFUSED, f"Transformers could not load {folder.name}: {type(error).__name__}: {error}")


def fail(code: int, message: str) -> NoReturn:
    """Say `message` as the last words and leave with `code`."""
    print(f"error: {message}", file=sys.stderr, flush=True)  # noqa: T201
    raise SystemExit(code)


def leave(code: int, message: str) -> NoReturn:
    """Say `message` and end the process at once, whatever its threads do."""
    print(f"error: {message}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(code)


if __name__ == "__main__":
    main()
