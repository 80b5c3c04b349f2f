"""Real last words of real engines, and what is made of them."""

import signal

import pytest

from stellarchat.runtime.causes import ending, find, last_words
from stellarchat.runtime.launcher import Exit

FAILED = Exit(status=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("OSError: [Errno 98] Address already in use", "port was taken"),
        ("srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080", "port was taken"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "memory on the GPU"),
        ("ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory", "memory on the GPU"),
        ("ValueError: No available memory for the cache blocks.", "memory on the GPU"),
        (
            "ValueError: Free memory on device (3.1/23.6 GiB) on startup is less than desired",
            "memory on the GPU",
        ),
        ("terminate called after throwing an instance of 'std::bad_alloc'", "not enough memory."),
        ("ggml_aligned_malloc: failed to allocate 68719476736 bytes", "not enough memory."),
        ("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory", "not enough memory."),
        ("OSError: [Errno 12] Cannot allocate memory", "not enough memory."),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("gguf_init_from_file: invalid magic characters: 'oops', expected 'GGUF'", "damaged or incomplete"),
        (
            "tensor 'blk.0.up' data is not within the file bounds, model is corrupted or incomplete",
            "damaged or incomplete",
        ),
        ("error: x.gguf cannot be used: it was cut off or is damaged.", "damaged or incomplete"),
        ("safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge", "damaged"),
        ("llama_model_load: error loading model: unknown model architecture: 'qwen9'", "this kind of model"),
        ("ValueError: Model architectures ['NewForCausalLM'] are not supported", "this kind of model"),
        ("RuntimeError: Found no NVIDIA driver on your system.", "No usable GPU"),
        ("libcudart.so.12: cannot open shared object file: No such file or directory", "library"),
        ("ModuleNotFoundError: No module named 'vllm'", "library"),
        ("vllm: error: unrecognized arguments: --guided-decoding", "understand its options"),
        ("error: model.gguf cannot be read: Permission denied.", "could not be read"),
        ("failed to open GGUF file '/m/x.gguf' (No such file or directory)", "not found"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'config.json'", "not found"),
    ],
)
def test_causes_are_recognised(words: str, message: str) -> None:
    cause = find(FAILED, ["loading", words, "main: exiting"])
    assert cause is not None
    assert message in cause.message
    assert cause.remedy
    assert cause.passing == ("port" in message)


def test_last_of_several_causes_counts() -> None:
    cause = find(FAILED, ["warning: no such file or directory: optional.json", "std::bad_alloc"])
    assert cause is not None
    assert "memory" in cause.message


def test_signals_speak_where_words_do_not() -> None:
    killed = find(Exit(signal=signal.SIGKILL), ["loading"])
    assert killed is not None
    assert "memory" in killed.message
    illegal = find(Exit(signal=signal.SIGILL), [])
    assert illegal is not None
    assert "processor" in illegal.message
    assert find(Exit(signal=signal.SIGTERM), []) is None
    assert find(FAILED, ["bye"]) is None


@pytest.mark.parametrize(
    ("exit", "words"),
    [
        (Exit(status=3), "ended with status 3"),
        (Exit(signal=11), "was ended by SIGSEGV"),
        (Exit(signal=35), "was ended by signal 35"),
        (Exit(), "was lost together with its guard"),
    ],
)
def test_endings_in_words(exit: Exit, words: str) -> None:
    assert ending(exit) == words
    assert find(exit, []) is None


def test_traceback_is_cut_to_its_end() -> None:
    lines = [
        "INFO loading",
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        "    load()",
        "ValueError: first",
        "During handling of the above exception, another exception occurred:",
        "Traceback (most recent call last):",
        '  File "b.py", line 1, in <module>',
        "RuntimeError: second",
        "which has two lines",
    ]
    assert last_words(lines) == "RuntimeError: second\nwhich has two lines"


def test_traceback_behind_a_logger_s_prefix() -> None:
    lines = [
        "(EngineCore pid=7) Traceback (most recent call last):",
        '(EngineCore pid=7)   File "core.py", line 1, in run',
        "(EngineCore pid=7) ValueError: No available memory for the cache blocks.",
    ]
    assert last_words(lines) == lines[-1]


def test_telling_lines_are_preferred() -> None:
    noise = ["llama_model_loader: loaded meta data", "print_info: arch = llama"]
    telling = ["llama_model_load: error loading model: tensor missing", "failed to load model"]
    assert last_words([noise[0], telling[0], noise[1], telling[1], noise[0]]) == "\n".join(telling)


def test_standard_output_is_asked_only_for_what_is_telling() -> None:
    assert last_words([], ["listening"]) == ""
    assert last_words(["quiet"], ["fatal: it broke"]) == "fatal: it broke"
    assert last_words(["long ago", "quiet", "", "still", "here"], ["listening"]) == "quiet\nstill\nhere"
    assert last_words(["0.00.1 I srv init: ok", "0.00.2 E srv init: bad"]) == "0.00.2 E srv init: bad"


def test_last_words_are_capped() -> None:
    words = last_words([f"error {n} " + "x" * 1000 for n in range(50)])
    assert len(words) == 2000
    assert words.startswith("…")
    assert words.endswith("x")
    assert len(last_words([f"error {n}" for n in range(50)]).splitlines()) == 8
