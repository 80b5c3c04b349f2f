"""Serves the built page."""
