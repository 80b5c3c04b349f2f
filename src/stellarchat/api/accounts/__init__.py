"""Logging in, and what users do with their own accounts."""
