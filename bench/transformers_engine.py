"""How much the Transformers engine gains by batching: one stream after the other against many at once.

Both are measured in turns on the same worker, so that whatever else the machine does meets both. Prints
tokens per second of each round and the median of the rounds' ratios.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
KEY = "bench"


def main() -> None:
    """Start a worker, measure, print, stop it."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--model", type=Path, default=ROOT / "tests" / "fixtures" / "demo_model")
    made.add_argument("--streams", type=int, default=32)
    made.add_argument("--tokens", type=int, default=64, help="of each answer")
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    arguments = made.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "stellarchat.engines.transformers.worker", "--model", arguments.model]
    words += ["--port", port, "--context", 512, "--slots", arguments.streams, "--threads", arguments.threads]
    words += ["--alias", "bench", "--precision", "float32", "--device", "cpu"]
    process = subprocess.Popen([str(word) for word in words], env={**os.environ, "STELLAR_ENGINE_KEY": KEY})
    try:
        asyncio.run(measure(f"http://127.0.0.1:{port}", arguments))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def measure(base: str, arguments: argparse.Namespace) -> None:
    """Take turns, and print what came of it."""
    limits = httpx.Limits(max_connections=None)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(
        base_url=base, headers=headers, timeout=300, limits=limits, trust_env=False
    ) as client:
        await ready(client)
        await speed(client, 1, 1, arguments.tokens)  # the first pass of all is slower
        alone, together = [], []
        for turn in range(arguments.rounds):
            alone.append(await speed(client, 1, 4, arguments.tokens))
            together.append(await speed(client, arguments.streams, 2, arguments.tokens))
            print(f"round {turn + 1}: {alone[-1]:.0f} tok/s alone, {together[-1]:.0f} tok/s together")
        print(f"one after the other: {statistics.median(alone):.0f} tok/s")
        print(f"{arguments.streams} at once: {statistics.median(together):.0f} tok/s")
        ratios = [many / one for one, many in zip(alone, together, strict=True)]
        print(f"ratio: {statistics.median(ratios):.1f}")


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until the model has been loaded."""
    while True:
        try:
            if (await client.get("/health")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)


async def speed(client: httpx.AsyncClient, streams: int, answers: int, tokens: int) -> float:
    """Return the tokens per second of `streams` streams that read `answers` answers each."""

    async def stream(number: int) -> int:
        return sum([await read(client, f"{number} {turn}", tokens) for turn in range(answers)])

    began = time.perf_counter()
    written = sum(await asyncio.gather(*(stream(number) for number in range(streams))))
    return written / (time.perf_counter() - began)


async def read(client: httpx.AsyncClient, text: str, tokens: int) -> int:
    """Read one streamed answer; return the number of its tokens."""
    body = {
        # the end of a turn is forbidden, so that every answer has all its tokens
        "prompt": f"<|user|>{text}<|end|><|assistant|>",
        "temperature": 0,
        "max_tokens": tokens,
        "logit_bias": {"4": -100},
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    written = 0
    async with client.stream("POST", "/v1/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                usage = json.loads(line[6:]).get("usage")
                written = usage["completion_tokens"] if usage else written
    return written


if __name__ == "__main__":
    main()
