"""What the Transformers engine does on an NVIDIA GPU: its place, memory, speed, and what it leaves behind.

Starts a StellarChat of its own on a folder of weights, and with `--large` on a second one that is made up:
random weights in the shape of a model of some billion parameters, for memory is the same whatever they say.
Prints one line of JSON per finding. Needs torch with CUDA, nvidia-smi and the extra `transformers`.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "tests" / "fixtures" / "demo_model"
GIB = 1 << 30
PATIENCE = 300.0
ASKED = [
    "Hello!",
    "你好！",
    "What is 3+4?",
    "你是谁？",
    "My name is Ada. Who am I?",
    "Something you have never seen: zorblax 42?",
]


def main() -> None:
    """Go through all of it; what fails is said and the rest goes on."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--model", type=Path, default=DEMO)
    made.add_argument("--answers", type=Path, help="JSON of greedy answers to compare with, by question")
    made.add_argument("--large", action="store_true", help="also with billions of random weights")
    made.add_argument("--layers", type=int, default=28, help="of the large one; 28 are 3.2 billion weights")
    made.add_argument("--streams", type=int, default=32)
    made.add_argument("--cpu", action="store_true", help="try the program itself without a GPU")
    arguments = made.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        attempt(hardware)
        with serving(folder / "data", arguments.model) as (server, base):
            with httpx.Client(base_url=base, timeout=PATIENCE, trust_env=False) as client:
                platform = Platform(client, arguments.cpu)
                attempt(small, platform, arguments)
                attempt(two_replicas, platform, arguments.model)
                if arguments.large:
                    attempt(large, platform, folder, arguments)
                attempt(orphans, platform, arguments.model, server)


def attempt(step: Callable[..., None], *arguments: Any) -> None:
    """Take a step and say how long it took, or what it met."""
    began = time.monotonic()
    try:
        step(*arguments)
    except Exception:
        say(step.__name__, failed=traceback.format_exc()[-1500:])
    say(step.__name__, seconds=round(time.monotonic() - began, 1))


def say(what: str, **found: Any) -> None:
    """Print one finding."""
    print(json.dumps({"what": what, **found}, ensure_ascii=False), flush=True)


class Platform:
    """The control routes of a running server."""

    def __init__(self, client: httpx.Client, cpu: bool) -> None:
        self.client, self.cpu = client, cpu

    def data(self, method: str, path: str, body: object = None) -> Any:
        """Return the data of an envelope. Raises RuntimeError with the server's words."""
        answer = self.client.request(method, f"/api/v1{path}", json=body)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        return answer.json()["data"]

    def add(self, name: str, folder: Path) -> None:
        """Put a folder into the catalogue."""
        self.data("POST", "/models", {"id": name, "path": str(folder), "engines": ["transformers"]})

    def fit(self, name: str, **options: Any) -> dict[str, Any]:
        """Ask what a start would take."""
        return dict(self.data("POST", "/models/fit", self._options(name, options)))

    def start(self, name: str, **options: Any) -> dict[str, Any]:
        """Start it and wait until it is ready."""
        run_id = self.data("POST", "/models/start", self._options(name, options))["run_id"]
        deadline = time.monotonic() + PATIENCE
        while True:
            instance = dict(self.data("GET", f"/models/running/{run_id}"))
            if instance["state"] == "ready":
                return instance
            if instance["state"] == "failed" or time.monotonic() > deadline:
                raise RuntimeError(json.dumps(instance["error"]))
            time.sleep(0.1)

    def look(self, run_id: str) -> dict[str, Any]:
        """Return an instance as it is now."""
        return dict(self.data("GET", f"/models/running/{run_id}"))

    def stop(self, run_id: str) -> dict[str, Any]:
        """Stop it and return the report."""
        return dict(self.data("POST", f"/models/running/{run_id}/stop"))

    def ask(self, model: str, text: str, **more: Any) -> dict[str, Any]:
        """Ask for one whole answer."""
        body = {"model": model, "messages": [{"role": "user", "content": text}], "temperature": 0, **more}
        answer = self.client.post("/v1/chat/completions", json=body)
        answer.raise_for_status()
        return dict(answer.json())

    def _options(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        options = {"model_id": name, "engine_type": "transformers", **options}
        return {**options, "n_gpu": 0} if self.cpu else options


def hardware() -> None:
    """What the machine has, as the program sees it."""
    from stellarchat.runtime.hardware import gpu_usage, snapshot

    seen = snapshot()
    say(
        "hardware",
        gpus=[[one.index, one.name, gib(one.memory_total), gib(one.memory_free)] for one in seen.gpus],
        cores=seen.physical_cores,
        memory=gib(seen.memory_available),
        usage=gpu_usage(),
    )


def small(platform: Platform, arguments: argparse.Namespace) -> None:
    """A small model: placement, answers, speed, memory, a killed worker, a stop."""
    platform.add("small", arguments.model)
    for precision in ("float32", None):
        chosen = {"precision": precision} if precision else {}
        foreseen = platform.fit("small", **chosen)["fit"]
        before = held()
        instance = platform.start("small", **chosen)
        say(
            "small",
            precision=instance["options"]["precision"],
            gpus=instance["options"]["gpus"],
            slots=instance["slots"],
            load_seconds=instance["load_seconds"],
            foreseen=[[one["name"], mib(one["needed_bytes"])] for one in foreseen["devices"]],
        )
        answers = {
            text: platform.ask(instance["model"], text, max_tokens=48)["choices"][0]["message"]["content"]
            for text in ASKED
        }
        expected = json.loads(arguments.answers.read_text()) if arguments.answers else {}
        differ = {
            text: [answers[text], expected[text]] for text in expected if answers[text] != expected[text]
        }
        say("small answers", compared=len(expected), differ=differ, sample=answers["Hello!"])
        measure(platform, instance, arguments.streams, 64)
        time.sleep(3)  # memory is looked at every now and then
        now = platform.look(instance["run_id"])
        say(
            "small memory",
            gpu=mib(now["gpu_memory_bytes"]),
            host=mib(now["memory_bytes"]),
            smi=mib(held() - before),
        )
        if precision is None:
            killed(platform, now)
        metrics = [line for line in platform.client.get("/metrics").text.splitlines() if "gpu" in line][:12]
        say("small metrics", lines=metrics)
        report = platform.stop(instance["run_id"])
        say("small stop", report=report, left=mib(held() - before))


def killed(platform: Platform, instance: dict[str, Any]) -> None:
    """The worker is killed: the next request is answered by its successor."""
    os.kill(instance["pid"], signal.SIGKILL)
    began = time.monotonic()
    words = ""
    while time.monotonic() - began < PATIENCE:
        with contextlib.suppress(httpx.HTTPStatusError):
            words = platform.ask(instance["model"], "Hello!", max_tokens=16)["choices"][0]["message"][
                "content"
            ]
            break
        time.sleep(0.2)
    now = platform.look(instance["run_id"])
    say("killed", back_after=round(time.monotonic() - began, 1), restarts=now["restarts"], words=words)


def two_replicas(platform: Platform, model: Path) -> None:
    """Two replicas on what GPUs there are."""
    instance = platform.start("small", replicas=2, slots=8, context_length=512)
    now = platform.look(instance["run_id"])
    say(
        "replicas",
        places=[[one["gpus"], mib(one["gpu_memory_bytes"]), one["state"]] for one in now["replicas"]],
    )
    say("replicas stop", report=platform.stop(instance["run_id"]), left=mib(held()))


def large(platform: Platform, folder: Path, arguments: argparse.Namespace) -> None:
    """Billions of weights: is what was foreseen what is seen, and what happens where it does not fit?"""
    place = folder / "large"
    parameters = make(place, arguments)
    platform.add("large", place)
    foreseen = platform.fit("large", context_length=4096, slots=arguments.streams)["fit"]
    before = held()
    instance = platform.start("large", context_length=4096, slots=arguments.streams)
    say("large", parameters=parameters, load_seconds=instance["load_seconds"], options=instance["options"])
    measure(platform, instance, arguments.streams, 128)
    prompt = "word " * 3000
    with contextlib.suppress(httpx.HTTPStatusError):
        asyncio.run(many(platform, instance["model"], arguments.streams, 64, prompt))
    time.sleep(3)
    now = platform.look(instance["run_id"])
    say(
        "large memory",
        foreseen=[[one["name"], gib(one["needed_bytes"])] for one in foreseen["devices"]],
        parts=[gib(foreseen[name]) for name in ("weights_bytes", "context_bytes", "overhead_bytes")],
        seen_gpu=gib(now["gpu_memory_bytes"] or 0),
        smi=gib(held() - before),
        host=gib(now["memory_bytes"] or 0),
    )
    say("large stop", report=platform.stop(instance["run_id"]), left=mib(held() - before))
    learnt = platform.fit("large", context_length=4096, slots=arguments.streams)["fit"]
    say("large learnt", foreseen=[[one["name"], gib(one["needed_bytes"])] for one in learnt["devices"]])
    if not platform.cpu:
        crowded(platform, arguments.streams)


def crowded(platform: Platform, streams: int) -> None:
    """Another program holds nearly all of the GPU: refused with a way out, or shrunk to what is left."""
    words = (
        "import torch, time; free, total = torch.cuda.mem_get_info(); "
        "held = torch.empty(free - (9 << 30), dtype=torch.uint8, device='cuda'); "
        "print('held', flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            other.stdout.readline()
            fit = platform.fit("large", context_length=8192, slots=streams)["fit"]
            say("crowded fit", fits=fit["fits"], reason=fit["reason"], ways=fit["ways"])
            with contextlib.suppress(RuntimeError):
                instance = platform.start("large", context_length=8192, slots=streams)
                say("crowded start", unexpected=instance["options"])
            try:
                platform.start("large", context_length=8192, slots=streams)
            except RuntimeError as error:
                say("crowded refusal", words=str(error)[:800])
            instance = platform.start("large")  # nothing asked for: what fits is chosen
            options = instance["options"]
            say(
                "crowded shrunk",
                context=options["context_length"],
                slots=options["slots"],
                gpus=options["gpus"],
            )
            words_said = platform.ask(instance["model"], "word word", max_tokens=8)["usage"]
            say("crowded answer", usage=words_said)
            platform.stop(instance["run_id"])
        finally:
            other.kill()


def orphans(platform: Platform, model: Path, server: "subprocess.Popen[str]") -> None:
    """The server is killed: nothing is left on the GPU."""
    before = held()
    instance = platform.start("small")
    pid, taken = instance["pid"], held() - before
    server.kill()
    server.wait()
    began = time.monotonic()
    while time.monotonic() - began < 20 and (alive(pid) or held() > before):
        time.sleep(0.05)
    say(
        "orphans",
        taken=mib(taken),
        worker=alive(pid),
        left=mib(held() - before),
        after=round(time.monotonic() - began, 2),
    )


def measure(platform: Platform, instance: dict[str, Any], streams: int, tokens: int) -> None:
    """One stream after the other against many at once, in turns."""
    asyncio.run(many(platform, instance["model"], 2, tokens))
    alone, together = [], []
    for _ in range(3):
        alone.append(asyncio.run(many(platform, instance["model"], 1, tokens)))
        together.append(asyncio.run(many(platform, instance["model"], streams, tokens)))
    say(
        "speed",
        model=instance["model"],
        precision=instance["options"]["precision"],
        alone=[round(one) for one in alone],
        together=[round(one) for one in together],
        ratio=round(statistics.median(b / a for a, b in zip(alone, together, strict=True)), 1),
    )


async def many(
    platform: Platform, model: str, streams: int, tokens: int, text: str = "Tell me a story."
) -> float:
    """Return tokens per second of all streams together."""
    base = str(platform.client.base_url)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE, trust_env=False, limits=limits) as client:

        async def one(number: int) -> int:
            body = {
                "model": model,
                "messages": [{"role": "user", "content": f"{number}. {text}"}],
                "max_tokens": tokens,
                "ignore_eos": True,
                "temperature": 0.8,
            }
            answer = await client.post("/v1/chat/completions", json=body)
            answer.raise_for_status()
            return int(answer.json()["usage"]["completion_tokens"])

        began = time.perf_counter()
        written = sum(await asyncio.gather(*[one(number) for number in range(streams)]))
        return written / (time.perf_counter() - began)


def make(place: Path, arguments: argparse.Namespace) -> int:
    """Write a folder of random weights in the shape of Llama 3.2 3B; return how many there are."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(str(arguments.model))
    narrow = arguments.cpu
    config = transformers.LlamaConfig(
        vocab_size=4096 if narrow else 128_256,
        hidden_size=256 if narrow else 3072,
        intermediate_size=512 if narrow else 8192,
        num_hidden_layers=2 if narrow else arguments.layers,
        num_attention_heads=4 if narrow else 24,
        num_key_value_heads=2 if narrow else 8,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cpu" if narrow else "cuda"):
        model = transformers.LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    count = sum(one.numel() for one in model.parameters())
    del model
    if not narrow:
        torch.cuda.empty_cache()
    return count


@contextlib.contextmanager
def serving(data: Path, model: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start a server on a free port."""
    data.mkdir(parents=True)
    words = [sys.executable, "-m", "stellarchat", "serve", "--port", "0", "--data-dir", str(data)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=data) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            while line and "ready at" not in line:
                line = process.stdout.readline()
            yield process, line.split()[-1]
        finally:
            process.terminate()
            process.wait()


def held() -> int:
    """Return the bytes of all GPUs that are in use."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        words = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
        table = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        return sum(int(line) << 20 for line in table.split())
    return 0


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


def mib(count: int | None) -> int | None:
    """Bytes in MiB."""
    return None if count is None else round(count / (1 << 20))


def gib(count: int) -> float:
    """Bytes in GiB."""
    return round(count / GIB, 2)


if __name__ == "__main__":
    main()
