"""Bytes of numbers, and what a worker takes of memory. Figures marked "measured" are in docs/engines.md."""

from stellarchat.engines.transformers.folder import Facts

MIB = 1 << 20
PRECISIONS = {"float32": 4, "float16": 2, "bfloat16": 2}
PROCESS_BYTES = 476 * MIB  # measured: interpreter, torch and Transformers, and the one for templates
GPU_PROCESS_BYTES = 1700 * MIB  # measured: the same with the libraries of CUDA, in memory
GPU_CONTEXT_BYTES = 1400 * MIB  # measured on an H200: what CUDA and its libraries take of a GPU
BATCH_TOKENS = 256  # tokens of one pass on the processor; more do not make it faster
GPU_BATCH_TOKENS = 2048
POOLED_TOKENS = 8192  # of one pass of an embedding model


def kv_bytes_per_token(facts: Facts, precision: str, batch_tokens: int) -> int:
    """Bytes that a token of context takes.

    Keys and values of all layers, and what torch's own attention needs beside them: a column of the mask
    for each token of a pass, and the layer at work read back from the pages, repeated for every head.
    """
    size = PRECISIONS[precision]
    return 2 * facts.kv_width * size + batch_tokens * size + 2 * facts.heads * facts.head_width * size + 8


def pass_bytes(facts: Facts, precision: str, batch_tokens: int, slots: int) -> int:
    """Bytes of one pass: activations, scores and their copies while tokens are drawn."""
    size = PRECISIONS[precision]
    activations = batch_tokens * facts.hidden * 16 * size
    scores = slots * facts.vocabulary * 4 * 4
    return activations + scores
