"""Ollama: a server of models with a life of its own, attached and not launched."""
