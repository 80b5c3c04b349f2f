"""Generated dialogues in English and Chinese, one module for each skill."""
