"""Use cases: what StellarChat does, without HTTP and without SQL."""
