"""Models that run: placing, starting, leasing, unloading and ending them."""
