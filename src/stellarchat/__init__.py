"""StellarChat: start open language models on your own machine and talk to them."""

__version__ = "0.1.0"
