"""What a large export costs to import: `python bench/imports.py [--megabytes 200]`.

Makes an Open WebUI export of that size, text and pictures in the messages, sends it to a server of its own
(SQLite), and prints how long that took and how far the server's resident memory rose meanwhile.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.server import serving

PICTURE = 4_000_000
TEXT = 4_000


def export(path: Path, size: int) -> int:
    """Write the file; return how many chats are in it."""
    chance = random.Random(3)
    words = ["".join(chance.choices("aeioulmnrst", k=chance.randint(2, 9))) for _ in range(20_000)]
    picture = "data:image/png;base64," + "A" * PICTURE
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        while file.tell() < size:
            messages, parent = {}, None
            pictures = count % 50 == 0
            for place in range(20):
                name = f"m{place}"
                text = " ".join(chance.choices(words, k=TEXT // 8 if place % 2 else 20))
                said = {"id": name, "parentId": parent, "role": "assistant" if place % 2 else "user"}
                files = [{"type": "image", "url": picture}] if pictures and not place else []
                messages[name] = {**said, "content": text, "timestamp": 1_700_000_000 + place, "files": files}
                parent = name
            history = {"currentId": parent, "messages": messages}
            chat = {"id": f"chat-{count}", "title": f"Chat {count}", "chat": {"history": history}}
            file.write(("," if count else "") + json.dumps(chat))
            count += 1
        file.write("]")
    return count


def main() -> None:
    """Make, send, watch."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=200)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="stellarchat-imports-") as name, serving(Path(name)) as server:
        path = Path(name, "export.json")
        count = export(path, given.megabytes * 1_000_000)
        process = psutil.Process(server.pid)
        before = peak = process.memory_info().rss
        over = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not over.wait(0.05):
                peak = max(peak, process.memory_info().rss)

        watching = threading.Thread(target=watch)
        watching.start()

        def pieces() -> Iterator[bytes]:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    yield piece

        began, worked = time.perf_counter(), sum(process.cpu_times()[:2])
        with server.client(timeout=1800) as client:
            headers = {"content-type": "application/json"}
            report = client.post("/api/chats/import", content=pieces(), headers=headers).json()
        over.set()
        watching.join()
        print(
            json.dumps(
                {
                    "megabytes": round(path.stat().st_size / 1e6),
                    "chats": count,
                    "created": report["created"],
                    "messages": report["messages"],
                    "seconds": round(time.perf_counter() - began, 1),
                    "processor seconds": round(sum(process.cpu_times()[:2]) - worked, 1),
                    "memory before, MB": round(before / 1e6),
                    "memory at most, MB": round(peak / 1e6),
                }
            )
        )


if __name__ == "__main__":
    main()
