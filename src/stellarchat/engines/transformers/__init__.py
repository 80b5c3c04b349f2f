"""Hugging Face Transformers in a worker of our own. Import nothing here: torch takes seconds."""
