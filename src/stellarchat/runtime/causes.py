"""Why an engine ended: its own last words, and what can be done about them."""

import re
import signal
from collections.abc import Sequence

import msgspec

from stellarchat.runtime.launcher import Exit

_MOST_LINES = 8
_MOST_CHARACTERS = 2000
# of lines that tell nothing in particular
_FEW_LINES = 3
# an exception that only sends the reader to an earlier one (vLLM's server, of its engine process)
_POINTER = re.compile(
    r"see (root cause|stack trace|the .* logs?) (above|for (the )?root cause)|received sigquit from a child",
    re.IGNORECASE,
)
_CHATTER = re.compile(r"\b(INFO|DEBUG)\b")
_TRACEBACK = "Traceback (most recent call last)"
_TELLING = re.compile(
    r"\b(error|failed|failure|fatal|exception|panic\w*|abort\w*|cannot|can't|unable|killed|assert\w*|invalid)\b"
    r"|Error\b|Exception\b|^[\d.]+ E ",  # the last: llama.cpp's log level
    re.IGNORECASE,
)


class Cause(msgspec.Struct, frozen=True):
    """What happened and what to do. `sentence` names it; `passing`: trying again at once may well help."""

    sentence: str
    message: str
    remedy: str
    passing: bool = False


_SMALLER = "Stop another model, or choose a smaller size, a lower quantization or a shorter context."
_UNKNOWN = Cause(
    "launch_unknown_model",
    "The engine does not know this kind of model.",
    "Update the engine, or use another one.",
)
_MEMORY = Cause("launch_no_memory", "There was not enough memory.", _SMALLER)

# what vLLM and SGLang say of GPUs, with the options that help; tried before the common ones
_ON_GPUS: tuple[tuple[str, Cause], ...] = (
    (
        r"less than desired gpu memory utilization",
        Cause(
            "launch_gpu_in_use",
            "Other programs use the GPU's memory.",
            "End them, name other gpus, or start it with a smaller gpu_memory_utilization.",
        ),
    ),
    (
        r"no available memory for the cache blocks|please try to increase --mem-fraction-static",
        Cause(
            "launch_gpu_share",
            "There was not enough memory on the GPU: its share is too small for the model.",
            "Start it with a larger gpu_memory_utilization or n_gpu, or choose a smaller model.",
        ),
    ),
    (
        r"max seq len .*(larger than|kv cache)|larger than the (maximum number of tokens|available kv cache)",
        Cause(
            "launch_context_memory",
            "The context is too long for the memory that is left for it.",
            "Start it with a smaller context_length, a larger gpu_memory_utilization, or cache_type fp8.",
        ),
    ),
    (
        r"greater than the derived (max_model_len|context length)",
        Cause(
            "launch_context_model",
            "The context is longer than the model was made for.",
            "Start it with a smaller context_length.",
        ),
    ),
    (
        r"(heads|size).*(must be|is not) divisible by.*(tensor parallel|tp.?size)",
        Cause(
            "launch_gpu_count",
            "The model cannot be shared by that many GPUs.",
            "Start it with an n_gpu that divides its attention heads, as 1, 2 or 4.",
        ),
    ),
    (
        r"nccl ?error|nccl(System|UnhandledCuda|Internal|Remote)Error"
        r"|ProcessGroupNCCL.*(timed out|timeout|abort)",
        Cause(
            "launch_nccl",
            "The GPUs could not work together (NCCL).",
            "Start it with n_gpu 1, or with NCCL_DEBUG=INFO in this server's environment to see why.",
        ),
    ),
    (
        r"no cuda gpus are available|no accelerator \(|failed to infer device type|libcuda\.so"
        r"|cuda_error_no_device|cuda driver initialization failed",
        Cause(
            "launch_no_gpu",
            "No usable GPU was found.",
            "Install the GPU's driver, check the option gpus, or use an engine for the CPU.",
        ),
    ),
    (
        r"bfloat16 is only supported on gpus",
        Cause("launch_bfloat16", "The GPU is too old for bfloat16.", "Start it with precision float16."),
    ),
    (
        r"trust_remote_code=True",
        Cause(
            "launch_remote_code",
            "The model brings a program of its own.",
            "Where you trust its makers, start it with trust_remote_code.",
        ),
    ),
    (
        r"lora rank \d+ is greater than",
        Cause(
            "launch_lora_rank",
            "The adapter is larger than allowed for.",
            "Start it with extra_args --max-lora-rank and the rank that is named.",
        ),
    ),
    (
        r"does not recognize this architecture",
        _UNKNOWN,
    ),
    (
        r"operator torchvision::|failed to load.*torchcodec|torchaudio.*undefined symbol",
        Cause(
            "launch_libraries",
            "Libraries of the engine's environment do not fit together.",
            "Uninstall torchvision, torchaudio and torchcodec there, or install those for its torch.",
        ),
    ),
)

# tried from the last line upwards: what is said last is closest to the end
_CAUSES: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cause)
    for pattern, cause in (
        *_ON_GPUS,
        (
            r"address already in use|EADDRINUSE|couldn't bind|failed to bind",
            Cause("launch_port", "Its port was taken by another program.", "Start it again.", passing=True),
        ),
        (
            r"(cuda|hip|vulkan|device|gpu|vram).*(out of memory|outofmemory)|cudaMalloc failed"
            r"|free memory on device",
            Cause("launch_gpu_memory", "There was not enough memory on the GPU.", _SMALLER),
        ),
        (
            r"bad_alloc|MemoryError|(failed|unable) to allocate|can(not|'t) allocate|out of memory",
            _MEMORY,
        ),
        (
            r"no space left on device",
            Cause("launch_disk", "The disk is full.", "Free some space, or move the data directory."),
        ),
        (
            r"failed to (apply|load) lora adapter",
            Cause(
                "launch_lora",
                "The adapter was not made for this model, or is none.",
                "Start it without lora, or with an adapter for this very model.",
            ),
        ),
        (
            r"invalid magic|not a gguf|within (the )?file bounds|corrupt|incomplete|cut off|HeaderTooLarge"
            r"|deserializing header|unexpected end of file|failed to read (header|magic|tensor|key)"
            r"|not initialized from checkpoint",
            Cause(
                "launch_damaged",
                "The model file is damaged or incomplete.",
                "Delete the model and download it again.",
            ),
        ),
        (
            r"unknown (model )?architecture|architecture.* (is )?not supported|unsupported model",
            _UNKNOWN,
        ),
        (
            r"no nvidia driver|driver version is insufficient|no cuda-capable device|no gpu"
            r"|cuda.*not available",
            Cause(
                "launch_no_gpu",
                "No usable GPU was found.",
                "Install the GPU's driver, or use an engine for the CPU.",
            ),
        ),
        (
            r"loading shared libraries|cannot open shared object|DLL load failed"
            r"|ImportError|ModuleNotFoundError|No module named",
            Cause(
                "launch_library",
                "A library that the engine needs is missing.",
                "Install the engine again with all it needs.",
            ),
        ),
        (
            r"unrecognized arguments?|error: argument |unknown argument|invalid (choice|argument|value)"
            r"|no such option",
            Cause(
                "launch_options",
                "The engine does not understand its options.",
                "Correct the options, or update the engine.",
            ),
        ),
        (
            r"permission denied|EACCES",
            Cause(
                "launch_unreadable",
                "A file could not be read.",
                "Give this user the right to read the model and its folder.",
            ),
        ),
        (
            r"no such file or directory|FileNotFoundError|failed to open|does not exist",
            Cause(
                "launch_no_file",
                "A file was not found.",
                "Check the model's path, or download the model again.",
            ),
        ),
    )
)

_SIGNALS: dict[int | None, Cause] = {
    signal.SIGKILL: Cause("launch_memory_ran_out", "Most likely the memory ran out.", _SMALLER),
    signal.SIGILL: Cause(
        "launch_processor",
        "This processor lacks instructions that the engine uses.",
        "Install a build for this processor.",
    ),
}


def last_words(errors: Sequence[str], output: Sequence[str] = ()) -> str:
    """Return the lines that matter among the last ones a process wrote; "" where none does.

    `errors` are those of its standard error, `output` of its standard output, where some engines write
    their errors too.
    """
    told = _telling(errors)
    if not any(
        _TELLING.search(line) and not _POINTER.search(line) for line in told
    ):  # what it points to may be in the other stream
        told = _telling(output) or told
    told = told or [line for line in errors if line.strip()][-_FEW_LINES:]
    text = "\n".join(told[-_MOST_LINES:])
    return text if len(text) <= _MOST_CHARACTERS else "…" + text[1 - _MOST_CHARACTERS :]


def _telling(lines: Sequence[str]) -> list[str]:
    lines = [line for line in lines if line.strip()]
    return _after_traceback(lines) or [line for line in lines if _TELLING.search(line)]


def _after_traceback(lines: list[str]) -> list[str]:
    """Return the exception at the end of the last Python traceback that tells, and what came after it."""
    starts = [at for at, line in enumerate(lines) if _TRACEBACK in line]
    end = len(lines)
    told: list[str] = []
    for start in reversed(starts):
        # a logger may have put a prefix before each line: then the traceback is indented after it
        indent = lines[start].index(_TRACEBACK)
        said = [
            line
            for line in lines[start + 1 : end]
            if not line[indent:].startswith(" ") and not _CHATTER.search(line)
        ]
        told = told or said
        if any(not _POINTER.search(line) and _TELLING.search(line) for line in said):
            return said
        end = start
    return told


def find(exit: Exit, lines: Sequence[str]) -> Cause | None:
    """Return the cause that the last lines or the signal point to, or None where they tell nothing."""
    for line in reversed(lines):
        for pattern, cause in _CAUSES:
            if pattern.search(line):
                return cause
    return _SIGNALS.get(exit.signal)


def ending(exit: Exit) -> str:
    """Describe an ending in words, to stand after the name of what ended."""
    if exit.signal is not None:
        known = exit.signal in set(signal.Signals)
        return f"was ended by {signal.Signals(exit.signal).name if known else f'signal {exit.signal}'}"
    if exit.status is not None:
        return f"ended with status {exit.status}"
    return "was lost together with its guard"
