"""Where settings come from, which one wins, and what is said about wrong ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from stellarchat import config
from stellarchat.config import LEGACY, ConfigurationError, Endpoint, Settings, load

ROOT = Path(__file__).parents[1]
CANARY = "sk-canary-7f3a"


def loaded(
    *,
    overrides: dict[str, Any] | None = None,
    environ: dict[str, str] | None = None,
    env_file: str | None = None,
    file: Any = None,
    tmp_path: Path,
) -> config.Loaded:
    """Load settings from just these origins."""
    dotenv, written = tmp_path / ".env", tmp_path / "settings.json"
    dotenv.write_text(env_file or "", encoding="utf-8")
    text = file if isinstance(file, str) else json.dumps(file if file is not None else {})
    written.write_text(text, encoding="utf-8")
    return load(overrides, config=written, env_file=dotenv, environ=environ or {})


def refused(**origins: Any) -> str:
    """Return what is said about settings that cannot be loaded."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(**origins)
    return caught.value.message


def test_nothing_has_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = loaded(tmp_path=tmp_path).settings
    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8080, "off")
    assert settings.data_dir == tmp_path / "stellarchat"
    assert settings.database == f"sqlite:///{tmp_path / 'stellarchat' / 'stellarchat.db'}"
    assert settings.weights_dir == tmp_path / "stellarchat" / "models"


ORIGINS: list[tuple[str, dict[str, Any]]] = [
    ("overrides", {"overrides": {"port": 1}}),
    ("environ", {"environ": {"STELLARCHAT_PORT": "2", "PORT": "3"}}),
    ("legacy", {"environ": {"PORT": "3"}}),
    ("env_file", {"env_file": "STELLARCHAT_PORT=4\nPORT=5\n"}),
    ("legacy in env_file", {"env_file": "PORT=5\n"}),
    ("file", {"file": {"port": 6}}),
]
WINNERS = [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("first", range(len(ORIGINS)))
def test_the_higher_origin_wins(tmp_path: Path, first: int) -> None:
    merged: dict[str, Any] = {}
    for _, origin in reversed(ORIGINS[first:]):
        merged.update(origin)
    assert loaded(tmp_path=tmp_path, **merged).settings.port == WINNERS[first]


def test_sections_are_merged_key_by_key(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path=tmp_path,
        environ={"STELLARCHAT_LLAMACPP__THREADS": "3"},
        file={"llamacpp": {"threads": 1, "slots": 2}},
    ).settings
    assert (settings.llamacpp.threads, settings.llamacpp.slots) == (3, 2)


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = loaded(tmp_path=tmp_path).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1
    with pytest.raises(ValueError, match="frozen"):
        settings.llamacpp.threads = 1


@pytest.mark.parametrize("value", ["http://a,http://b", "http://a, http://b", '["http://a", "http://b"]'])
def test_lists_in_variables(tmp_path: Path, value: str) -> None:
    settings = loaded(tmp_path=tmp_path, environ={"STELLARCHAT_CORS_ORIGINS": value}).settings
    assert settings.cors_origins == ("http://a", "http://b")


def test_predecessors_names_are_understood(tmp_path: Path) -> None:
    environ = {
        "HOST": "localhost",
        "DATABASE_URL": "postgresql://db/chat",
        "HF_TOKEN": CANARY,
        "MODEL_PATH": "/m",
        "VLLM_API_BASE_URL": "http://v",
        "MODELS_CONFIG": "/models.json",
    }
    found = loaded(tmp_path=tmp_path, environ=environ)
    settings = found.settings
    assert settings.host == "localhost"
    assert settings.database == "postgresql://db/chat"
    assert settings.hf_token is not None
    assert settings.hf_token.get_secret_value() == CANARY
    assert settings.models_config == Path("/models.json")
    assert settings.transformers.model_path == "/m"
    assert settings.vllm.base_url == "http://v"
    assert not any("`vllm`" in warning for warning in found.warnings)
    assert all("no effect" in warning for warning in found.warnings)


def test_llm_variables_make_an_endpoint_beside_the_others(tmp_path: Path) -> None:
    environ = {"LLM_API_URL": "http://x/v1", "LLM_MODEL": "m", "LLM_API_KEY": CANARY}
    settings = loaded(
        tmp_path=tmp_path, environ=environ, file={"endpoints": [{"name": "other", "base_url": "http://y"}]}
    ).settings
    assert [one.name for one in settings.endpoints] == ["other", "LLM_API_URL"]
    last = settings.endpoints[-1]
    assert (last.base_url, last.models) == ("http://x/v1", ("m",))
    assert last.api_key is not None
    assert last.api_key.get_secret_value() == CANARY
    assert settings.default_model_name == "m"


@pytest.mark.parametrize(
    ("origins", "words"),
    [
        ({"file": {"prot": 1}}, ["`prot`", "settings.json", "port"]),
        ({"file": {"llamacpp": {"thread": 1}}}, ["`llamacpp.thread`", "threads"]),
        ({"environ": {"STELLARCHAT_PROT": "1"}}, ["STELLARCHAT_PROT", "the environment", "PORT"]),
        ({"environ": {"STELLARCHAT_LLAMACPP__THREAD": "1"}}, ["STELLARCHAT_LLAMACPP__THREAD", "THREADS"]),
        ({"env_file": "STELLARCHAT_PROT=1"}, ["STELLARCHAT_PROT", ".env"]),
        ({"file": {"port": "x"}}, ["`port`", "settings.json", "integer"]),
        ({"environ": {"PORT": "x"}}, ["`port`", "the environment", "integer"]),
        ({"file": {"port": 65536}}, ["`port`", "65535"]),
        ({"file": {"endpoints": [{"nam": "x"}]}}, ["`endpoints.0.name`", "`endpoints.0.nam`"]),
        ({"file": {"limits": {"messages": 0}}}, ["`limits.messages`", "1"]),
        ({"file": {"auth": "maybe"}}, ["`auth`", "'off'"]),
        ({"file": "{"}, ["settings.json", "JSON"]),
        ({"file": "[]"}, ["settings.json", "object"]),
        ({"environ": {"STELLARCHAT_ENDPOINTS": "[x"}}, ["the environment", "endpoints"]),
    ],
)
def test_wrong_settings_are_refused_with_key_origin_and_what_was_expected(
    tmp_path: Path, origins: dict[str, Any], words: list[str]
) -> None:
    message = refused(tmp_path=tmp_path, **origins)
    for word in words:
        assert word in message


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    message = refused(tmp_path=tmp_path, file={"port": "x", "prot": 1})
    assert "`port`" in message
    assert "`prot`" in message


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        load(config=tmp_path / "nothing.json", env_file=None, environ={})
    with pytest.raises(ConfigurationError, match="does not exist"):
        load(env_file=None, environ={"CONFIG_PATH": str(tmp_path / "nothing.json")})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_without_accounts_only_loopback_is_bound(tmp_path: Path, host: str) -> None:
    message = refused(tmp_path=tmp_path, overrides={"host": host})
    assert host in message
    assert "auth" in message
    settings = loaded(tmp_path=tmp_path, overrides={"host": host, "insecure": True}).settings
    assert settings.host == host


def test_secrets_are_in_no_message(tmp_path: Path) -> None:
    bad = {"hf_token": [CANARY], "endpoints": [{"name": "x", "api_key": {"k": CANARY}}]}
    assert CANARY not in refused(tmp_path=tmp_path, file=bad)
    good = {"hf_token": CANARY, "endpoints": [{"name": "x", "api_key": CANARY}]}
    assert CANARY not in repr(loaded(tmp_path=tmp_path, file=good))


def test_the_examples_load(tmp_path: Path) -> None:
    example = json.loads((ROOT / "config.example.json").read_text(encoding="utf-8"))
    found = loaded(
        tmp_path=tmp_path, file=example, env_file=(ROOT / ".env.example").read_text(encoding="utf-8")
    )
    assert found.warnings == []
    presets = {one.name: one for one in found.settings.endpoints}
    assert presets["CodeGeeX 4"].models == ("codegeex4-all-9b",)
    assert presets["GLM-4 32B"].models == ("glm4_32B_chat",)
    assert not any(one.enabled or one.base_url or one.api_key for one in presets.values())


def keys() -> list[tuple[str, str, str]]:
    """Return every setting as documented: key, its default where that is a plain value, its variable."""
    found = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if name == "endpoints":
            found += [(f"endpoints[].{key}", "", "") for key in Endpoint.model_fields]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            for key, inner in kind.model_fields.items():
                variable = f"STELLARCHAT_{name}__{key}".upper()
                found.append((f"{name}.{key}", _plain(inner.default), variable))
        else:
            found.append((name, _plain(field.default), f"STELLARCHAT_{name}".upper()))
    return found


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float | str) else "null" if value is None else ""


@pytest.mark.parametrize(("key", "default", "variable"), keys())
def test_every_setting_is_documented(key: str, default: str, variable: str) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{key}` |")]
    assert f"`{default}`" in row or not default
    assert f"`{variable}`" in row or not variable


@pytest.mark.parametrize("name", [*LEGACY, "LLM_API_URL", "LLM_MODEL", "LLM_API_KEY", "CONFIG_PATH"])
def test_every_old_name_is_documented(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
