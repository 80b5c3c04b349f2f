"""`stellarchat` and `python -m stellarchat`."""

from stellarchat.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="stellarchat")


if __name__ == "__main__":
    main()
