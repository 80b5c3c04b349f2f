"""Health, metrics, models and settings: what the page and an operator ask for."""
