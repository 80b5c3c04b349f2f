"""What vLLM and SGLang have in common.

Weights are a folder, keys and values lie in pages on GPUs, the program lives in an environment of its own
or runs already somewhere else.
"""
