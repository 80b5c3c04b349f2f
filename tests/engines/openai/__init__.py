"""Remote endpoints."""
