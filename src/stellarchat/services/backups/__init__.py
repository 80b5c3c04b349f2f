"""Backups: writing archives of everything, keeping them, and putting them back."""
