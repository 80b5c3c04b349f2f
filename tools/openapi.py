"""Write the OpenAPI document that the page's client is generated from: frontend/openapi.json.

python tools/openapi.py            write it (`make generate` then makes the TypeScript of it)
python tools/openapi.py --check    fail where the one in the repository is stale
"""

import json
import pathlib
import sys

from stellarchat.app.doors import application

DOCUMENT = pathlib.Path(__file__).parents[1] / "frontend/openapi.json"


def document() -> str:
    """Return the document as it follows from the routes."""
    return json.dumps(application().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write, or compare."""
    fresh = document()
    if "--check" not in sys.argv:
        DOCUMENT.write_text(fresh, encoding="utf-8")
    elif DOCUMENT.read_text(encoding="utf-8") != fresh:
        sys.exit("frontend/openapi.json is stale: run `make generate` and commit what it changes")


if __name__ == "__main__":
    main()
