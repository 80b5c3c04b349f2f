"""Texts that people keep: prompts, and personas with a model and its parameters."""
