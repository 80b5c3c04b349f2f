"""Builds the demonstration model that ships with StellarChat."""
