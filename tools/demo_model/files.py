"""Where the demonstration model lies in the repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
GGUF_FILE = ROOT / "src/stellarchat/data/demo/stellar-demo.gguf"
HF_FOLDER = ROOT / "tests/fixtures/demo_model"
