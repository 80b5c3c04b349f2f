"""Where settings come from, and what to say when they are wrong."""

import difflib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from stellarchat.config.settings import PREFIX, Settings
from stellarchat.core.errors import StellarChatError

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

# names that the programs before this one read, and the setting each of them means
LEGACY = {
    "HOST": ("host",),
    "PORT": ("port",),
    "DATABASE_URL": ("database_url",),
    "REDIS_URL": ("redis_url",),
    "HF_TOKEN": ("hf_token",),
    "HF_ENDPOINT": ("hf_endpoint",),
    "MODELS_CONFIG": ("models_config",),
    "MODEL_PATH": ("transformers", "model_path"),
    "OLLAMA_BASE_URL": ("ollama", "base_url"),
    "VLLM_API_BASE_URL": ("vllm", "base_url"),
}
# variables that are no settings: the command line's key for a server that has accounts
OTHERS = frozenset({"STELLARCHAT_API_KEY"})
# settings of engines that this version does not have: taken, so that an old file still loads
INERT = {"redis_url": "this version runs as one server process a database, and a second one does not start."}


class ConfigurationError(StellarChatError):
    """Settings that the server cannot start with; the message names each key and what was expected."""

    code = "bad_configuration"


class Loaded(NamedTuple):
    """Settings, and remarks about them for whoever starts the server."""

    settings: Settings
    warnings: list[str]


class _Layer(NamedTuple):
    """Settings of one origin, nested as `Settings` is."""

    origin: str
    values: dict[str, Any]


def load(
    overrides: Mapping[str, Any] | None = None,
    *,
    config: Path | None = None,
    env_file: Path | None = Path(".env"),
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Read settings from every origin.

    `overrides` come from the command line; `config` names the file, else `CONFIG_PATH` does, else it is
    `config.json` in the working directory where there is one. `environ` defaults to the process's own.
    Raises ConfigurationError with all that is wrong.
    """
    variables = dict(os.environ if environ is None else environ)
    written = _read_env_file(env_file)
    named = config or _path(variables.get("CONFIG_PATH") or written.get("CONFIG_PATH"))
    layers = [
        _Layer(
            "the command line",
            {key: value for key, value in (overrides or {}).items() if value is not None},
        ),
        *_layers_of("the environment", variables),
        *_layers_of(str(env_file), written),
        _read_config(named, Path("config.json")),
    ]
    unknown = _unknown_variables(variables, "the environment") + _unknown_variables(written, str(env_file))
    if unknown:
        raise ConfigurationError("; ".join(unknown))
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        merged = _merge(merged, layer.values)
    extra = _legacy_endpoint(variables) or _legacy_endpoint(written)
    if extra is not None and isinstance(merged.get("endpoints", []), list):
        merged["endpoints"] = [*merged.get("endpoints", []), extra]
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise ConfigurationError(
            "\n".join(_explain(problem, layers) for problem in error.errors(include_url=False))
        ) from None
    _refuse_open_door(settings)
    return Loaded(settings, _remarks(merged, layers))


def _path(value: str | None) -> Path | None:
    return Path(value).expanduser() if value else None


def _read_env_file(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    # imported here: most starts have no such file
    from dotenv import dotenv_values

    return {key: value for key, value in dotenv_values(path).items() if value is not None}


def _read_config(named: Path | None, usual: Path) -> _Layer:
    path = named or usual
    if not path.is_file():
        if named is not None:
            raise ConfigurationError(f"The configuration file {named} does not exist.")
        return _Layer(str(path), {})
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as JSON: {error}.") from None
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path} must hold a JSON object.")
    values.pop("$schema", None)
    return _Layer(str(path), values)


def _layers_of(origin: str, variables: Mapping[str, str]) -> list[_Layer]:
    """Split variables into our own names and the predecessors', which rank below them."""
    return [_Layer(origin, _own(origin, variables)), _Layer(origin, _legacy(variables))]


def _own(origin: str, variables: Mapping[str, str]) -> dict[str, Any]:
    source = _Variables(Settings, {key.lower(): value for key, value in variables.items()})
    try:
        return source()
    except SettingsError as error:
        raise ConfigurationError(f"{origin}: {error}; expected JSON.") from None


class _Variables(EnvSettingsSource):
    """Reads given variables in place of the process's environment."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str]) -> None:
        self._variables = variables
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables


def _legacy(variables: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, path in LEGACY.items():
        if variables.get(name):
            section = values
            for key in path[:-1]:
                section = section.setdefault(key, {})
            section[path[-1]] = variables[name]
    if variables.get("LLM_API_URL") and variables.get("LLM_MODEL"):
        values["default_model_name"] = variables["LLM_MODEL"]
    return values


def _legacy_endpoint(variables: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the endpoint that LLM_API_URL, LLM_MODEL and LLM_API_KEY describe; others stay beside it."""
    if not variables.get("LLM_API_URL"):
        return None
    model = variables.get("LLM_MODEL")
    return {
        "name": "LLM_API_URL",
        "base_url": variables["LLM_API_URL"],
        "api_key": variables.get("LLM_API_KEY"),
        "models": [model] if model else [],
    }


def _unknown_variables(variables: Mapping[str, str], origin: str) -> list[str]:
    known = {name.upper() for name in Settings.model_fields}
    problems = []
    for name in variables:
        if not name.upper().startswith(PREFIX):
            continue
        if name.upper() in OTHERS:
            continue
        first, *rest = name.upper().removeprefix(PREFIX).split("__")
        if first not in known:
            problems.append(f"Unknown setting {name} in {origin}{_nearest(first, known)}")
        elif rest and (section := _section(first.lower())) is not None:
            fields = {field.upper() for field in section.model_fields}
            if rest[0] not in fields:
                problems.append(f"Unknown setting {name} in {origin}{_nearest(rest[0], fields)}")
    return problems


def _section(name: str) -> type[BaseModel] | None:
    kind = Settings.model_fields[name].annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else "."


def _merge(low: dict[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `high` over `low`, section by section."""
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _explain(problem: ErrorDetails, layers: list[_Layer]) -> str:
    path = problem["loc"]
    key = ".".join(str(part) for part in path)
    origin = max(layers, key=lambda layer: _depth(layer.values, path)).origin
    if problem["type"] == "extra_forbidden":
        parent = _section(str(path[0])) if len(path) > 1 else Settings
        known = set(parent.model_fields) if parent is not None else set()
        return f"Unknown setting `{key}` in {origin}{_nearest(str(path[-1]), known)}"
    # the value itself may be a secret and stays out of the message
    return f"Setting `{key}` in {origin}: {problem['msg'][:1].lower()}{problem['msg'][1:]}."


def _depth(values: Any, path: tuple[int | str, ...]) -> int:
    """Return how many steps of `path` a layer has."""
    for done, part in enumerate(path):
        if isinstance(values, dict) and part in values:
            values = values[part]
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return done
    return len(path)


def _refuse_open_door(settings: Settings) -> None:
    if settings.auth == "off" and settings.host not in LOOPBACK and not settings.insecure:
        raise ConfigurationError(
            f"Setting `host`: {settings.host} can be reached from other machines, and `auth` is off: "
            "everybody there could read all chats.",
            remedy="Listen on 127.0.0.1, set `auth` to `on`, or start with --insecure if the network itself "
            "is trusted.",
        )


def _remarks(merged: Mapping[str, Any], layers: list[_Layer]) -> list[str]:
    remarks = []
    for name in INERT:
        if name in merged:
            origin = next(layer.origin for layer in layers if name in layer.values)
            remarks.append(f"Setting `{name}` in {origin} has no effect: {INERT[name]}")
    return remarks
