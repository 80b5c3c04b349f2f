"""Tests mirror src; real processes and real sockets where the product has them."""
