"""What can be set: each setting with what it may be and means."""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from stellarchat.core.addresses import place

PREFIX = "STELLARCHAT_"


def _split(value: Any) -> Any:
    """Accept `a, b` where a list is wanted, as environment variables have it."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Places = Annotated[Words, AfterValidator(lambda entries: tuple(place(entry) for entry in entries))]


class Section(BaseModel):
    """A group of settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class LlamaCpp(Section):
    """llama.cpp, the engine that comes along."""

    threads: int | None = Field(None, ge=1, description="CPU threads of an instance; null: all cores but one")
    slots: int | None = Field(None, ge=1, le=256, description="replies written at once; null: by memory")
    context_length: int | None = Field(
        None, ge=256, description="tokens of context per reply; null: the model's own, as memory allows"
    )
    idle_unload_seconds: float = Field(
        900, ge=0, description="seconds without a request after which an instance stops; 0: never"
    )


class Ollama(Section):
    """An Ollama daemon."""

    base_url: str = Field("http://localhost:11434", description="address of the daemon")


class Vllm(Section):
    """vLLM."""

    base_url: str | None = Field(None, description="address of a running server; null: start one here")
    api_key: SecretStr | None = Field(None, description="the key that the server at `base_url` wants")
    environment: str | None = Field(
        None, description="virtual environment with vLLM in it; null: this program's, or the one on PATH"
    )
    local_model_path: str | None = Field(None, description="folder of the weights, `~` allowed")
    model_aliases: dict[str, str] = Field({}, description="other names for models")
    gpu_memory_utilization: float = Field(0.65, gt=0, le=1, description="share of the GPU's memory to take")


class Sglang(Section):
    """SGLang."""

    base_url: str = Field("http://localhost:30000", description="address of a running server")
    api_key: SecretStr | None = Field(None, description="the key that the server at `base_url` wants")
    environment: str | None = Field(
        None, description="virtual environment with SGLang in it; null: this program's, or the one on PATH"
    )


class Transformers(Section):
    """Hugging Face Transformers."""

    model_path: str | None = Field(None, description="folder of a model to offer, `~` allowed")
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d{1,2})?)$",
        description="`auto`, `cpu`, `mps`, `cuda` or `cuda:N`",
    )
    precision: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        "auto", description="`auto`, `float32`, `float16` or `bfloat16`"
    )


class Endpoint(Section):
    """A remote server that speaks OpenAI's API."""

    name: str = Field(min_length=1, max_length=100, description="what it is called in lists")
    base_url: str | None = Field(None, description="its address up to and including `/v1`")
    api_key: SecretStr | None = Field(None, description="the key it wants")
    models: Words = Field((), description="model names it serves; empty: ask it")
    enabled: bool = Field(True, description="false: kept, but not offered")


class OutsideSettings(Section):
    """Fetches from addresses that people and models name, such as pictures in answers."""

    allow: Places = Field(
        (),
        description="places of your own network, each exactly `host:port`, that may be fetched from too",
    )


class DownloadSettings(Section):
    """Where weights are downloaded from."""

    source: Literal["huggingface", "modelscope"] = Field(
        "huggingface", description="`huggingface` (at `hf_endpoint`) or `modelscope`"
    )
    modelscope_endpoint: str = Field("https://modelscope.cn", description="address of ModelScope")
    parallel: int = Field(2, ge=1, le=16, description="downloads that run at once; the others wait")


class ToolSettings(Section):
    """Tools of MCP servers, which models call in chats."""

    commands: bool = Field(True, description="whether administrators may add programs of this machine")
    call_seconds: float = Field(
        120, ge=1, le=3600, description="seconds one call may take, where its server says nothing else"
    )
    rounds: int = Field(
        10, ge=1, le=100, description="times that a model may call tools before it has to answer"
    )


class LimitSettings(Section):
    """What one request may ask for."""

    body_bytes: int = Field(32 * 1024 * 1024, ge=1024, description="size of a request body")
    body_seconds: float = Field(
        30, ge=0.1, le=3600, description="seconds after which a body has to have come on by `body_rate`"
    )
    body_rate: int = Field(
        1024,
        ge=0,
        description="bytes a second that a body, files too, brings at least; slower ones get 408",
    )
    bodies_bytes: int = Field(
        256 * 1024 * 1024,
        ge=1024,
        description="bytes kept of all large bodies that are not whole yet; more are refused with 503. "
        "At least `body_bytes`, whatever is said here. Files do not count",
    )
    import_bytes: int = Field(
        512 * 1024 * 1024, ge=1024, description="size of a file of chats that is imported"
    )
    header_bytes: int = Field(64 * 1024, ge=4096, description="size of request line and headers together")
    messages: int = Field(4096, ge=1, description="messages in one request")
    choices: int = Field(8, ge=1, description="answers to one request (`n`)")
    stop_sequences: int = Field(16, ge=1, description="entries of `stop`")
    tools: int = Field(128, ge=1, description="tools in one request")
    schema_depth: int = Field(32, ge=1, description="levels of a JSON Schema")
    max_tokens: int = Field(1_048_576, ge=1, description="tokens of one answer")
    requests_per_minute: int | None = Field(
        None, ge=1, description="requests to models of each user in a minute; null: no limit"
    )
    tokens_per_day: int | None = Field(
        None, ge=1, description="tokens, read and written, of each user in a day (UTC); null: no limit"
    )
    concurrent: int | None = Field(
        None, ge=1, description="answers of each user that are written at once; null: no limit"
    )
    queue: int = Field(1024, ge=0, description="requests waiting for one model; more are refused with 429")


class FileSettings(Section):
    """Files that people attach to messages."""

    file_bytes: int = Field(50 * 1024 * 1024, ge=1024, description="size of one file")
    user_bytes: int = Field(
        5 * 1024 * 1024 * 1024, ge=0, description="size of all files of one user; 0: no limit"
    )
    text_chars: int = Field(4_000_000, ge=1000, description="characters of text in one document")
    image_side: int = Field(
        1568, ge=64, le=8192, description="longest side, in pixels, with which models are shown images"
    )
    read_seconds: float = Field(30, ge=1, le=600, description="seconds that reading one file may take")


class AccountSettings(Section):
    """Users, their logins and their keys. Only with `auth` on."""

    sign_up: Literal["closed", "invitation", "open"] = Field(
        "closed",
        description="who may make an account: `closed` (administrators make them), `invitation` or `open`",
    )
    secret: SecretStr | None = Field(
        None, description="what tokens are signed with; null: `accounts.key` in `data_dir`, made at first"
    )
    access_minutes: int = Field(15, ge=1, le=1440, description="minutes an access token is good for")
    refresh_days: int = Field(30, ge=1, le=365, description="days a login lasts that is not used")


class OidcProvider(Section):
    """An identity provider (OpenID Connect) that people may log in with. Only with `auth` on."""

    issuer: str | None = Field(None, description="its address, as it calls itself; null: none")
    client_id: str | None = Field(None, description="what it knows this server as")
    client_secret: SecretStr | None = Field(None, description="the secret it gave; null for a public client")
    name: str = Field("SSO", min_length=1, max_length=64, description="what the button on the page says")
    scopes: str = Field("openid email profile", description="what it is asked to tell")
    public_url: str | None = Field(
        None, description="this server's address for browsers; null: the one that they use"
    )
    allowed_domains: Words = Field((), description="domains of e-mail addresses that may log in; empty: all")
    sign_up: bool | None = Field(
        None, description="whether somebody new gets an account; null: as `accounts.sign_up` is `open`"
    )
    role_claim: str | None = Field(
        None, description="claim that tells the role, `realm.roles` if it is nested; null: roles are set here"
    )
    admin_values: Words = Field((), description="values of `role_claim` that make an administrator")


class Retention(Section):
    """What is removed by itself."""

    keep_chats: int = Field(
        0, ge=0, description="newest chats to keep; pinned and archived ones always stay; 0: all"
    )
    audit_days: int = Field(365, ge=0, description="days that the audit log is kept; 0: for ever")
    trash_days: float = Field(
        30, ge=0, description="days that deleted chats stay in the trash; 0: until they are removed by hand"
    )


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


class Settings(BaseSettings):
    """All settings. Made by `load`; immutable afterwards."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", protected_namespaces=()
    )

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0: any free one")
    insecure: bool = Field(
        False,
        description="listen on an address others can reach although `auth` is off; "
        "with `auth` on, log in without https too",
    )
    auth: Literal["off", "on"] = Field(
        "off",
        description="`off`: everybody who reaches the server is its one user; `on`: everybody has an account",
    )
    data_dir: Path = Field(
        default_factory=lambda: _data_home() / "stellarchat",
        description="folder of the database and the models; default `$XDG_DATA_HOME/stellarchat`",
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy address; null: SQLite, `stellarchat.db` in `data_dir`"
    )
    redis_url: str | None = Field(None, description="taken, without effect: one server process a database")
    cors_origins: Words = Field((), description="origins of other pages that may call the API")
    allowed_hosts: Words = Field((), description="host names answered to, besides loopback ones")
    default_model_name: str | None = Field(None, description="model of new chats; null: the first usable one")
    models_config: Path | None = Field(None, description="another `models.json` to read the catalogue from")
    models_dir: Path | None = Field(None, description="folder of the weights; null: `models` in `data_dir`")
    models_subdir_ollama: str = Field("ollama", description="folder of Ollama's weights in `models_dir`")
    models_subdir_hf: str = Field("HF", description="folder of Hugging Face's weights in `models_dir`")
    hf_token: SecretStr | None = Field(None, description="Hugging Face token for gated models")
    hf_endpoint: str = Field("https://huggingface.co", description="where models are downloaded from")
    sharing: Literal["on", "off"] = Field(
        "on", description="`on`: chats can be shared by links, which open without a login; `off`: none opens"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe line logged"
    )
    shutdown_grace_seconds: float = Field(
        20, ge=0, description="seconds running replies may take to finish after SIGTERM"
    )
    llamacpp: LlamaCpp = LlamaCpp()
    ollama: Ollama = Ollama()
    vllm: Vllm = Vllm()
    sglang: Sglang = Sglang()
    transformers: Transformers = Transformers()
    endpoints: tuple[Endpoint, ...] = ()
    outside: OutsideSettings = OutsideSettings()
    downloads: DownloadSettings = DownloadSettings()
    tools: ToolSettings = ToolSettings()
    limits: LimitSettings = LimitSettings()
    files: FileSettings = FileSettings()
    accounts: AccountSettings = AccountSettings()
    retention: Retention = Retention()
    oidc: OidcProvider = OidcProvider()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` has merged and nothing else."""
        return (init_settings,)

    @property
    def database(self) -> str:
        """The database's SQLAlchemy address."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'stellarchat.db'}"

    @property
    def weights_dir(self) -> Path:
        """Where models are kept."""
        return self.models_dir or self.data_dir / "models"
