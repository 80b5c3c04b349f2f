"""Starts SGLang's server in its own environment with a key that stands on no command line.

Run as a file by the interpreter of that environment, which knows nothing of this program: nothing but the
standard library is imported. SGLang takes its key as an argument only; this adds it where nobody can read it.
"""

import os
import runpy
import sys

KEY = "STELLAR_ENGINE_KEY"


def main() -> None:
    """Run `sglang.launch_server` with the arguments given and the key of the environment."""
    if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]  # the modules beside this file are not SGLang's
    key = os.environ.get(KEY)
    if key:
        sys.argv.append(f"--api-key={key}")  # one word: a key may begin with a dash
    runpy.run_module("sglang.launch_server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
