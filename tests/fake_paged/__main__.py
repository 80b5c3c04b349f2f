"""`python -m tests.fake_paged vllm serve MODEL …` or `python -m tests.fake_paged sglang --model-path …`."""

import asyncio
import sys

from tests.fake_paged import options
from tests.fake_paged.server import serve


def main() -> None:
    """Say last words and leave where told so, else serve."""
    chosen = options.parse(sys.argv[1:])
    if chosen.last_words:
        sys.stderr.write(chosen.last_words + "\n")
        sys.exit(1)
    asyncio.run(serve(chosen))


main()
