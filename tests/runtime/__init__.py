"""The engines' processes."""
