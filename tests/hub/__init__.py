"""A Hugging Face hub of our own that misbehaves on request."""
