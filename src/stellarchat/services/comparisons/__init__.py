"""Several models side by side, and which is liked best."""
