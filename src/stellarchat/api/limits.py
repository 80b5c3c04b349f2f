"""How much one request may ask for: sizes and counts above which it is refused with 413."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one request. Sizes are bytes, lengths characters, the rest counts.

    `header_bytes` covers the request line and all headers, `bodies_bytes` what is kept of all bodies that
    are not whole yet. `image_bytes` is the length of one `data:`
    URL, `import_bytes` of a file of chats. `schema_*`, `pattern_chars` and `repetitions` bound what an
    engine compiles to a grammar: without them one request can make it work for minutes.
    """

    body_bytes: int = 32 * 1024 * 1024
    bodies_bytes: int = 256 * 1024 * 1024
    import_bytes: int = 512 * 1024 * 1024
    header_bytes: int = 64 * 1024
    messages: int = 4096
    content_parts: int = 256
    choices: int = 8
    stop_sequences: int = 16
    stop_chars: int = 1024
    tools: int = 128
    schema_depth: int = 32
    schema_bytes: int = 256 * 1024
    pattern_chars: int = 1024
    grammar_chars: int = 16 * 1024
    repetitions: int = 2000
    max_tokens: int = 1_048_576
    embedding_inputs: int = 2048
    logit_biases: int = 1024
