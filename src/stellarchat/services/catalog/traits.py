"""What small files and heads of weights tell of a model. Pure, but for `read`, which brings the files."""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any

import msgspec

from stellarchat.core.errors import BadRequest, StellarChatError
from stellarchat.core.models import Capability, ModelKind
from stellarchat.engines.llamacpp.gguf import Header
from stellarchat.services.catalog.catalog_file import ENGINES, GGUF, PLAIN, QUANTIZED_ENGINES, SAFETENSORS
from stellarchat.services.catalog.hub import RepoFile
from stellarchat.services.catalog.selection import needed
from stellarchat.services.catalog.weights import parts

DEFAULT_CONTEXT = 4096  # tokens, where nothing tells
_QUANTIZATION = re.compile(
    r"(?:^|[-._])((?:UD-)?(?:I?Q\d(?:_[A-Z0-9]+)*|TQ\d_\d|BF16|FP?16|FP?32|MXFP4(?:_MOE)?))(?=[-.]|$)", re.I
)
_SPLIT = re.compile(r"-(\d{5})-of-\d{5}\.gguf$", re.I)
_BYTES = {"bf16": 2.0, "f16": 2.0, "f32": 4.0, "fp8": 1.0}
_DTYPES = {"bfloat16": "bf16", "float16": "f16", "float32": "f32"}
_TENSORS = {"BF16": "bf16", "F16": "f16", "F32": "f32", "F8_E4M3": "fp8"}
_FILE_TYPES = {0: "f32", 1: "f16", 2: "q4_0", 7: "q8_0", 15: "q4_k_m", 17: "q5_k_m", 18: "q6_k", 32: "bf16"}
_ENCODERS = (
    "bert",
    "nomic-bert",
    "nomic-bert-moe",
    "jina-bert-v2",
    "jina-bert-v3",
    "modern-bert",
    "t5encoder",
)
_RANKING = 4  # LLAMA_POOLING_TYPE_RANK


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """One form that the model comes in: a GGUF (its first part), or a folder (`file` empty)."""

    file: str
    quantization: str
    format: str
    size_bytes: int | None = None
    engines: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `remote_code` tells that it brings code of its own, which nobody has looked at."""

    kind: ModelKind
    name: str
    context_length: int
    files: tuple[FoundFile, ...]
    parameters: int | None = None
    capabilities: tuple[Capability, ...] = ()
    engines: tuple[str, ...] = ()
    mmproj: str | None = None
    gated: bool = False
    remote_code: bool = False


class Traits(msgspec.Struct):
    """What the files tell, piece by piece."""

    kind: ModelKind | None = None
    context_length: int | None = None
    parameters: int | None = None
    quantization: str | None = None
    capabilities: tuple[Capability, ...] = ()
    name: str | None = None
    remote_code: bool = False


def found_of(
    traits: Traits, name: str, files: list[FoundFile], mmproj: str | None = None, gated: bool = False
) -> Found:
    """Put together what was found: of a folder the quantization, of all the engines."""
    able = traits.capabilities
    if mmproj is not None and Capability.VISION not in able:
        able = (Capability.VISION, *able)
    kind = traits.kind or (ModelKind.RERANK if "rerank" in name.lower() else ModelKind.CHAT)
    if kind is not ModelKind.CHAT:
        able = ()
    known = traits.quantization
    told = tuple(
        msgspec.structs.replace(one, quantization=known or "bf16", engines=_engines(known or "bf16"))
        if one.format == SAFETENSORS
        else one
        for one in files
    )
    return Found(
        kind=kind,
        name=traits.name or name,
        context_length=traits.context_length or DEFAULT_CONTEXT,
        parameters=traits.parameters or _counted(told),
        files=told,
        capabilities=able,
        engines=tuple(dict.fromkeys(engine for one in told for engine in one.engines)),
        mmproj=mmproj,
        gated=gated,
        remote_code=traits.remote_code,
    )


def _engines(quantization: str) -> tuple[str, ...]:
    return ENGINES[SAFETENSORS] if quantization in PLAIN else QUANTIZED_ENGINES


def _counted(files: Iterable[FoundFile]) -> int | None:
    """Return how many weights there are, by the size of those whose width is known."""
    for one in files:
        width = _BYTES.get(one.quantization)
        if width and one.size_bytes:
            return round(one.size_bytes / width)
    return None


def folder_form(files: Iterable[RepoFile], repo: str, param: str = "hf_repo") -> list[FoundFile]:
    """Return the form that a repository has as a folder, if it has one."""
    listed = list(files)
    try:
        chosen = needed(listed, repo)
    except StellarChatError:
        if any(one.file.lower().endswith(".gguf") for one in listed):
            return []  # of a repository each of them is listed by itself
        raise BadRequest(
            f"{repo} has no weights that can be run: neither safetensors nor GGUF.",
            param=param,
            sentence="repo_no_weights",
            values={"repo": repo},
        ) from None
    if not any(one.file in ("config.json", "params.json") for one in chosen):
        raise BadRequest(
            f"{repo} has no config.json.",
            param=param,
            remedy="Name the model's own repository.",
            sentence="repo_no_config",
            values={"repo": repo},
        )
    weights = sum(one.size for one in chosen if one.file.endswith((".safetensors", ".bin")))
    return [FoundFile(file="", quantization="", format=SAFETENSORS, size_bytes=weights)]


def gguf_forms(files: Iterable[RepoFile]) -> list[FoundFile]:
    """Return all GGUF models of a repository; a split one once, with the size of all its parts."""
    listed = {one.file: one for one in files if one.file.lower().endswith(".gguf")}
    found = []
    for name, one in sorted(listed.items()):
        if PurePosixPath(name).name.lower().startswith(("mmproj", "imatrix")):
            continue
        split = _SPLIT.search(name)
        if split is not None and split[1] != "00001":
            continue
        all_parts = parts(name)
        if any(part not in listed for part in all_parts):
            continue
        found.append(
            FoundFile(
                file=name,
                quantization=_named(name) or "unknown",
                format=GGUF,
                size_bytes=sum(listed[part].size for part in all_parts) if split else one.size,
                engines=ENGINES[GGUF],
            )
        )
    return found


def projector_of(names: Iterable[str]) -> str | None:
    """Return the vision projector of a repository, the one of 16 bits before others."""
    found = [name for name in sorted(names) if re.match(r"mmproj.*\.gguf$", PurePosixPath(name).name, re.I)]
    plain = [name for name in found if re.search(r"(?<!b)f16", name, re.I)]
    return next(iter(plain or found), None)


def _named(name: str) -> str | None:
    """Return the quantization that a file's name tells."""
    matches = _QUANTIZATION.findall(_SPLIT.sub(".gguf", PurePosixPath(name).name))
    if not matches:
        return None
    word = str(matches[-1]).lower()
    return {"fp16": "f16", "fp32": "f32"}.get(word, word)


def _typed(header: Header) -> str:
    kind = header.values.get("general.file_type")
    return _FILE_TYPES.get(int(kind), "unknown") if isinstance(kind, int) else "unknown"


def gguf_form(name: str, size: int | None, header: Header) -> FoundFile:
    """Return the form that a single GGUF has."""
    return FoundFile(
        file=name,
        quantization=_named(name) or _typed(header),
        format=GGUF,
        size_bytes=size,
        engines=ENGINES[GGUF],
    )


def told_by_head(header: Header) -> Traits:
    """Return what the head of a GGUF tells."""
    template = str(header.values.get("tokenizer.chat_template", ""))
    pooling = header.values.get(f"{header.architecture}.pooling_type")
    if pooling == _RANKING:
        kind = ModelKind.RERANK
    elif pooling or header.architecture in _ENCODERS:
        kind = ModelKind.EMBEDDING
    else:
        kind = ModelKind.CHAT
    split = header.values.get("split.count", 1)
    name = header.values.get("general.name")
    return Traits(
        kind=kind,
        context_length=header.number("context_length") or None,
        parameters=header.parameters if split in (0, 1) else None,
        capabilities=_able(template),
        name=str(name) if name else None,
    )


def fill(traits: Traits, more: Traits) -> None:
    """Add what `traits` does not have yet."""
    for field in ("kind", "context_length", "parameters", "name"):
        if getattr(traits, field) is None:
            setattr(traits, field, getattr(more, field))
    traits.capabilities = tuple(dict.fromkeys((*traits.capabilities, *more.capabilities)))


def told_by_config(read: Callable[[str], bytes | None]) -> Traits:
    """Return what the small files of a folder tell."""
    config, traits = _object(read("config.json")), Traits()
    inner = config.get("text_config")
    text: dict[str, Any] = inner if isinstance(inner, dict) else {}
    for name in ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length"):
        for holder in (config, text):
            value = holder.get(name)
            if traits.context_length is None and isinstance(value, int) and value > 0:
                traits.context_length = value
    architectures = config.get("architectures")
    first = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    if first.endswith("ForSequenceClassification"):
        traits.kind = ModelKind.RERANK
    elif read("modules.json") is not None or (first and first.endswith("Model") and "LM" not in first):
        traits.kind = ModelKind.EMBEDDING
    elif first:
        traits.kind = ModelKind.CHAT
    sentence = _object(read("sentence_bert_config.json")).get("max_seq_length")
    if traits.kind is ModelKind.EMBEDDING and isinstance(sentence, int) and sentence > 0:
        traits.context_length = min(sentence, traits.context_length or sentence)
    traits.quantization = _quantized(config, text)
    traits.remote_code = "auto_map" in config
    able = list(_able(_template(read)))
    if "vision_config" in config:
        able.insert(0, Capability.VISION)
    traits.capabilities = tuple(able)
    total = _object(read("model.safetensors.index.json")).get("metadata")
    count = total.get("total_parameters") if isinstance(total, dict) else None
    traits.parameters = int(count) if isinstance(count, int | float) and count > 0 else None
    return traits


def _quantized(config: dict[str, Any], text: dict[str, Any]) -> str | None:
    """Return how the weights of a folder are stored."""
    quantization = config.get("quantization_config")
    if isinstance(quantization, dict):
        method = str(quantization.get("quant_method", "quantized")).lower()
        bits = quantization.get("bits") or quantization.get("w_bit")
        word = f"{method}-int{bits}" if method in ("gptq", "awq") and isinstance(bits, int) else method
        return re.sub(r"[^a-z0-9._-]", "", word)[:32] or "quantized"
    for holder in (config, text):
        for name in ("dtype", "torch_dtype"):
            if holder.get(name) in _DTYPES:
                return _DTYPES[holder[name]]
    return None


def stored_as(tensors: Iterable[tuple[str, int]]) -> str | None:
    """Return how most weights of a file are stored, given type and number of each of its tensors."""
    counts: dict[str, int] = {}
    for kind, count in tensors:
        counts[kind] = counts.get(kind, 0) + count
    return _TENSORS.get(max(counts, key=counts.__getitem__)) if counts else None


def _template(read: Callable[[str], bytes | None]) -> str:
    """Return a model's chat template, wherever it keeps it."""
    file = read("chat_template.jinja")
    if file is not None:
        return file.decode(errors="replace")
    for name in ("tokenizer_config.json", "chat_template.json"):
        template = _object(read(name)).get("chat_template")
        if isinstance(template, list):  # several of them, by name
            template = " ".join(str(one.get("template", "")) for one in template if isinstance(one, dict))
        if isinstance(template, str) and template:
            return template
    return ""


def _able(template: str) -> tuple[Capability, ...]:
    able = []
    if re.search(r"\btools?\b", template):
        able.append(Capability.TOOLS)
    if re.search(r"<think>|<\|?/?think|enable_thinking|reasoning_content|<\|channel\|>analysis", template):
        able.append(Capability.THINKING)
    return tuple(able)


def _object(text: bytes | None) -> dict[str, Any]:
    """Return a JSON object; what is none is as good as empty."""
    try:
        found = msgspec.json.decode(text or b"{}")
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
