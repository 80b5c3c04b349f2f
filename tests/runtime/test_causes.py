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
        ("common_init_: failed to load lora adapter 'x.gguf'", "adapter was not made for this model"),
        ("error: x.gguf cannot be used: it was cut off or is damaged.", "damaged or incomplete"),
        ("safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge", "damaged"),
        (
            "ValueError: Following weights were not initialized from checkpoint: {'a'}",
            "damaged or incomplete",
        ),
        ("llama_model_load: error loading model: unknown model architecture: 'qwen9'", "this kind of model"),
        ("ValueError: Model architectures ['NewForCausalLM'] are not supported", "this kind of model"),
        ("RuntimeError: Found no NVIDIA driver on your system.", "No usable GPU"),
        ("libcudart.so.12: cannot open shared object file: No such file or directory", "library"),
        ("ModuleNotFoundError: No module named 'vllm'", "library"),
        ("sglang serve: error: argument --dtype: expected one argument", "understand its options"),
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


@pytest.mark.parametrize(
    ("words", "message", "option"),
    [
        (
            "ValueError: Free memory on device cuda:0 (3.1/23.6 GiB) on startup is less than desired GPU"
            " memory utilization (0.9, 21.24 GiB). Decrease GPU memory utilization or reduce GPU memory used"
            " by other processes.",
            "Other programs",
            "gpu_memory_utilization",
        ),
        (
            "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`"
            " when initializing the engine.",
            "share is too small",
            "gpu_memory_utilization",
        ),
        (
            "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static. Current value:"
            " mem_fraction_static=0.5",
            "share is too small",
            "gpu_memory_utilization",
        ),
        (
            "ValueError: To serve at least one request with the model's max seq len (131072), (16.00 GiB KV"
            " cache is needed, which is larger than the available KV cache memory (3.21 GiB).",
            "context is too long",
            "context_length",
        ),
        (
            "ValueError: The model's max seq len (131072) is larger than the maximum number of tokens that"
            " can be stored in KV cache (26304).",
            "context is too long",
            "context_length",
        ),
        (
            "ValueError: User-specified max_model_len (8192) is greater than the derived max_model_len"
            " (max_position_embeddings=2048).",
            "longer than the model",
            "context_length",
        ),
        (
            "ValueError: Total number of attention heads (6) must be divisible by tensor parallel size (4).",
            "that many GPUs",
            "n_gpu",
        ),
        (
            "torch.distributed.DistBackendError: NCCL error in: ../ProcessGroupNCCL.cpp:268, unhandled system"
            " error",
            "NCCL",
            "n_gpu",
        ),
        ("RuntimeError: No CUDA GPUs are available", "No usable GPU", "gpus"),
        (
            "ImportError: libcuda.so.1: cannot open shared object file: No such file",
            "No usable GPU",
            "driver",
        ),
        (
            "RuntimeError: No accelerator (CUDA, XPU, HPU, NPU, MUSA, MPS) or platform plugin is available.",
            "No usable GPU",
            "driver",
        ),
        (
            "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0.",
            "too old",
            "precision",
        ),
        (
            "ValueError: Loading this model requires you to execute the configuration file in that repo; set"
            " the option trust_remote_code=True to remove this error.",
            "program of its own",
            "trust_remote_code",
        ),
        ("ValueError: LoRA rank 128 is greater than max_lora_rank 64.", "adapter", "--max-lora-rank"),
        (
            "The checkpoint you are trying to load has model type `qwen9` but Transformers does not recognize"
            " this architecture.",
            "this kind of model",
            "Update",
        ),
        ("RuntimeError: operator torchvision::nms does not exist", "fit together", "torchvision"),
    ],
)
def test_engines_on_gpus_are_understood(words: str, message: str, option: str) -> None:
    cause = find(FAILED, ["loading", f"(EngineCore pid=7) ERROR {words}", "main: exiting"])
    assert cause is not None
    assert message in cause.message
    assert option in cause.remedy
    assert not cause.passing


def test_a_pointer_to_an_earlier_traceback_is_followed() -> None:
    lines = [
        "(EngineCore pid=7) Traceback (most recent call last):",
        '(EngineCore pid=7)   File "core.py", line 1, in run',
        "(EngineCore pid=7) ValueError: No available memory for the cache blocks.",
        "(APIServer pid=1) INFO shutting down",
        "(Core pid=3) Traceback (most recent call last):",
        "(Core pid=3) Exception: WorkerProc initialization failed. See stack trace for root cause.",
        "(APIServer pid=1) Traceback (most recent call last):",
        '(APIServer pid=1)   File "entry.py", line 2, in main',
        "(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above.",
    ]
    assert last_words(lines) == "(EngineCore pid=7) ValueError: No available memory for the cache blocks."
    # where it is all there is, it is better than nothing
    assert "initialization failed" in last_words(lines[3:])


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


def test_what_an_error_points_to_is_found_in_the_other_stream() -> None:
    errors = [
        "Traceback (most recent call last):",
        '  File "utils.py", line 1431, in wait_for_engine_startup',
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
    ]
    output = [
        "(Worker pid=7) ERROR 11-21 Traceback (most recent call last):",
        '(Worker pid=7) ERROR 11-21   File "loader.py", line 564, in track_weights_loading',
        "(Worker pid=7) ERROR ValueError: Following weights were not initialized from checkpoint: {'a'}",
        "(EngineCore pid=8) ERROR 11-21 Traceback (most recent call last):",
        '(EngineCore pid=8) ERROR 11-21   File "core.py", line 1482, in run_engine_core',
        "(EngineCore pid=8) ERROR 11-21 Exception: WorkerProc initialization failed due to an exception in a"
        " background process. See stack trace for root cause.",
    ]
    assert "not initialized from checkpoint" in last_words(errors, output)
    assert "See root cause above" in last_words(errors)
