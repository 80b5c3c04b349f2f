"""The tables. The migrations make them; a test holds the two together."""

from typing import Any

import sqlalchemy as sa

from stellarchat.core.accounts import Scope, SessionKind, UserRole
from stellarchat.core.comparisons import Outcome
from stellarchat.core.downloads import DownloadFile, DownloadStatus
from stellarchat.core.errors import ErrorInfo
from stellarchat.core.events import Timings, Usage
from stellarchat.core.files import PageKind
from stellarchat.core.generations import GenerationStatus
from stellarchat.core.launch import LaunchOptions
from stellarchat.core.messages import MessageStatus, Role
from stellarchat.core.prompts import Sign
from stellarchat.core.ratings import Thumb
from stellarchat.core.tools import Policy, ToolPolicy, Transport
from stellarchat.store.columns import Blob, Json, Named, Tokens, Utc, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _id(name: str = "id", *args: Any, **options: Any) -> sa.Column[str]:
    return sa.Column(name, Words(36), *args, **options)


def _below(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")


def _table(name: str, *args: Any, outlives_user: bool = False) -> sa.Table[Any]:
    # what has a user's id goes with its user, unless it is a record of what was done
    info = {"outlives_user": outlives_user}
    return sa.Table(name, metadata, *args, info=info)


chat = _table(
    "chat",
    _id(primary_key=True),
    sa.Column("user_id", Words(128), nullable=False),
    sa.Column("title", Words(), nullable=False),
    sa.Column("title_by", Words(16), nullable=False),
    sa.Column("model", Words()),
    sa.Column("system_prompt", Words()),
    sa.Column("params", Json(dict[str, Any]), nullable=False),
    sa.Column("persona", Json(Sign)),
    sa.Column("folder", Words(255)),
    _id("active_leaf_id"),
    sa.Column("rev", sa.Integer, nullable=False),
    sa.Column("pinned_at", Utc),
    sa.Column("archived_at", Utc),
    sa.Column("deleted_at", Utc, index=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("last_message_at", Utc, nullable=False),
)
sa.Index("ix_chat_newest", chat.c.user_id, chat.c.last_message_at.desc(), chat.c.id.desc())

chat_tag = _table(
    "chat_tag",
    _id("chat_id", _below("chat.id"), primary_key=True),
    sa.Column("tag", Words(255), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("ix_chat_tag_tag", "tag"),
)

# A folder exists as long as it is here or a chat names it: what is here may be empty.
folder = _table(
    "folder",
    sa.Column("user_id", Words(128), primary_key=True),
    sa.Column("name", Words(255), primary_key=True),
    sa.Column("created_at", Utc, nullable=False),
)

# What was imported from where, so that the same file again makes nothing twice.
imported_chat = _table(
    "imported_chat",
    sa.Column("user_id", Words(128), primary_key=True),
    sa.Column("source", Words(32), primary_key=True),
    sa.Column("source_id", Words(255), primary_key=True),
    _id("chat_id", _below("chat.id"), nullable=False, index=True),
    sa.Column("imported_at", Utc, nullable=False),
)

# A chat that whoever has the link may read: down to `leaf_id`, or to the active leaf where that is None.
share = _table(
    "share",
    _id("chat_id", _below("chat.id"), primary_key=True),
    sa.Column("token", Words(64), nullable=False, unique=True),
    sa.Column("user_id", Words(128), nullable=False, index=True),
    _id("leaf_id"),
    sa.Column("author", Words(100)),
    sa.Column("models", sa.Boolean, nullable=False),
    sa.Column("system_prompt", sa.Boolean, nullable=False),
    sa.Column("documents", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Utc, nullable=False),
)

message = _table(
    "message",
    _id(primary_key=True),
    _id("chat_id", _below("chat.id"), nullable=False),
    # no cascade: InnoDB follows a chain of them only 15 deep
    _id("parent_id", sa.ForeignKey("message.id")),
    sa.Column("role", Named(Role), nullable=False),
    sa.Column("status", Named(MessageStatus), nullable=False),
    sa.Column("model", Words()),
    sa.Column("client_id", Words(128)),
    _id("generation_id"),
    sa.Column("finish_reason", Words(32)),
    sa.Column("usage", Json(Usage)),
    sa.Column("timings", Json(Timings)),
    sa.Column("error", Json(ErrorInfo)),
    sa.Column("metadata", Json(dict[str, Any]), nullable=False),
    sa.Column("rev", sa.Integer, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.UniqueConstraint("chat_id", "client_id"),
    sa.Index("ix_message_chat_id_parent_id", "chat_id", "parent_id"),
    sa.Index("ix_message_parent_id", "parent_id"),
)

message_part = _table(
    "message_part",
    _id("message_id", _below("message.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", Words(), nullable=False),
)

attachment = _table(
    "attachment",
    _id(primary_key=True),
    sa.Column("user_id", Words(128), nullable=False),
    sa.Column("hash", Words(64), nullable=False, index=True),
    sa.Column("name", Words(255), nullable=False),
    sa.Column("media_type", Words(128), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("pages", sa.Integer),
    sa.Column("page_kind", Named(PageKind)),
    sa.Column("text_chars", sa.Integer),
    sa.Column("tokens", sa.Integer, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Index("ix_attachment_user_id_created_at", "user_id", "created_at"),
)

# which messages refer to a file: one that none refers to is removed
message_file = _table(
    "message_file",
    _id("message_id", _below("message.id"), primary_key=True),
    _id("attachment_id", sa.ForeignKey("attachment.id"), primary_key=True, index=True),
)

generation = _table(
    "generation",
    _id(primary_key=True),
    _id("chat_id", _below("chat.id"), nullable=False),
    _id("message_id", _below("message.id"), nullable=False, index=True),
    sa.Column("user_id", Words(128), nullable=False),
    sa.Column("model", Words(), nullable=False),
    sa.Column("status", Named(GenerationStatus), nullable=False),
    sa.Column("owner", Words(128), nullable=False),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("instance", Words()),
    sa.Column("params", Json(dict[str, Any]), nullable=False),
    sa.Column("usage", Json(Usage)),
    sa.Column("timings", Json(Timings)),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("heartbeat_at", Utc, nullable=False),
    sa.Column("stop_requested_at", Utc),
    sa.Column("finished_at", Utc),
    sa.Index("ix_generation_chat_id_status", "chat_id", "status"),
    sa.Index("ix_generation_status", "status"),
)

generation_event = _table(
    "generation_event",
    _id("generation_id", _below("generation.id"), primary_key=True),
    sa.Column("first_seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("events", Blob, nullable=False),
)

# One row per title and per piece of a message. `tokens` is what the full-text index reads, of which each
# database has its own kind: only the migrations know them.
search_entry = _table(
    "search_entry",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    _id("chat_id", _below("chat.id"), nullable=False, index=True),
    _id("message_id", _below("message.id"), index=True),
    sa.Column("offset", sa.Integer, nullable=False),
    sa.Column("tokens", Tokens, nullable=False),
)
user_setting = _table(
    "user_setting",
    sa.Column("user_id", Words(128), primary_key=True),
    sa.Column("settings", Json(dict[str, Any]), nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
)

prompt = _table(
    "prompt",
    _id(primary_key=True),
    sa.Column("user_id", Words(128), nullable=False),
    sa.Column("name", Words(128), nullable=False),
    sa.Column("command", Words(64), nullable=False),
    sa.Column("content", Words(), nullable=False),
    sa.Column("description", Words(), nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.UniqueConstraint("user_id", "name"),
    sa.UniqueConstraint("user_id", "command"),
)

persona = _table(
    "persona",
    _id(primary_key=True),
    sa.Column("user_id", Words(128), nullable=False),
    sa.Column("name", Words(128), nullable=False),
    sa.Column("description", Words(), nullable=False),
    sa.Column("system_prompt", Words(), nullable=False),
    sa.Column("model", Words()),
    sa.Column("params", Json(dict[str, Any]), nullable=False),
    sa.Column("opening", Words(), nullable=False),
    sa.Column("suggestions", Json(list[str]), nullable=False),
    sa.Column("letter", Words(16), nullable=False),
    sa.Column("colour", Words(16), nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.UniqueConstraint("user_id", "name"),
)

comparison = _table(
    "comparison",
    _id(primary_key=True),
    sa.Column("user_id", Words(128), nullable=False),
    # no references: a vote outlives the chat it was cast in
    _id("chat_id", nullable=False),
    _id("message_id", nullable=False),
    sa.Column("models", Json(list[str]), nullable=False),
    sa.Column("answers", Json(list[str]), nullable=False),
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("outcome", Named(Outcome)),
    sa.Column("winner", sa.Integer),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("voted_at", Utc),
    sa.Index("ix_comparison_user_id_created_at", "user_id", "created_at"),
)

endpoint = _table(
    "endpoint",
    _id(primary_key=True),
    sa.Column("user_id", Words(128), index=True),
    sa.Column("name", Words(), nullable=False),
    sa.Column("base_url", Words(), nullable=False),
    sa.Column("encrypted_key", Blob),
    sa.Column("models", Json(list[str]), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
)

instance = _table(
    "instance",
    _id("run_id", primary_key=True),
    sa.Column("variant_id", Words(), nullable=False),
    sa.Column("options", Json(LaunchOptions), nullable=False),
    sa.Column("autostart", sa.Boolean, nullable=False),
    sa.Column("load_seconds", sa.Double),
    sa.Column("tokens_per_second", sa.Double),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
)

measured_memory = _table(
    "measured_memory",
    sa.Column("engine", Words(64), primary_key=True),
    sa.Column("variant_id", Words(255), primary_key=True),
    sa.Column("tokens", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("n_gpu", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("memory_bytes", sa.BigInteger, nullable=False),
    sa.Column("gpu_memory_bytes", sa.BigInteger, nullable=False),
    sa.Column("measured_at", Utc, nullable=False),
)

download = _table(
    "download",
    _id(primary_key=True),
    sa.Column("variant_id", Words(255), nullable=False, unique=True),
    sa.Column("repo", Words(), nullable=False),
    sa.Column("file", Words(), nullable=False),
    sa.Column("revision", Words(), nullable=False),
    sa.Column("path", Words(), nullable=False),
    sa.Column("status", Named(DownloadStatus), nullable=False),
    sa.Column("bytes_done", sa.BigInteger, nullable=False),
    sa.Column("bytes_total", sa.BigInteger),
    sa.Column("etag", Words()),
    sa.Column("sha256", Words(64)),
    sa.Column("files", Json(tuple[DownloadFile, ...])),
    sa.Column("error", Json(ErrorInfo)),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
)

own_model = _table(
    "own_model",
    sa.Column("id", Words(128), primary_key=True),
    sa.Column("entry", Json(dict[str, Any]), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
)

tool_server = _table(
    "tool_server",
    _id(primary_key=True),
    sa.Column("name", Words(128), nullable=False),
    sa.Column("label", Words(32), nullable=False, unique=True),
    sa.Column("transport", Named(Transport), nullable=False),
    sa.Column("url", Words()),
    sa.Column("command", Words()),
    sa.Column("args", Json(list[str]), nullable=False),
    sa.Column("sealed", Blob),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("user_ids", Json(list[str])),
    sa.Column("policy", Named(Policy), nullable=False),
    sa.Column("policies", Json(dict[str, ToolPolicy]), nullable=False),
    sa.Column("timeout_seconds", sa.Double),
    sa.Column("created_by", Words(128), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("oauth", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("client_id", Words()),
    sa.Column("client_sealed", Blob),
)

# one person's tokens at a server
tool_login = _table(
    "tool_login",
    _id(primary_key=True),
    _id("server_id", _below("tool_server.id"), nullable=False),
    sa.Column("user_id", Words(128), nullable=False, index=True),
    sa.Column("sealed", Blob, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.UniqueConstraint("server_id", "user_id"),
)

# what a person allowed for the whole of a chat
tool_approval = _table(
    "tool_approval",
    _id("chat_id", _below("chat.id"), primary_key=True),
    _id("server_id", _below("tool_server.id"), primary_key=True),
    sa.Column("tool", Words(128), primary_key=True),
    sa.Column("digest", Words(64), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Index("ix_tool_approval_server_id", "server_id"),
)

daily_usage = _table(
    "daily_usage",
    sa.Column("user_id", Words(128), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("model", Words(255), primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
    sa.Column("cached_tokens", sa.BigInteger, nullable=False),
    sa.Column("completion_tokens", sa.BigInteger, nullable=False),
    sa.Column("errors", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Index("ix_daily_usage_day", "day"),
    outlives_user=True,
)

rating = _table(
    "rating",
    _id("message_id", _below("message.id"), primary_key=True),
    sa.Column("user_id", Words(128), primary_key=True),
    _id("chat_id", _below("chat.id"), nullable=False, index=True),
    sa.Column("model", Words()),
    sa.Column("thumb", Named(Thumb), nullable=False),
    sa.Column("reason", Words(32)),
    sa.Column("comment", Words()),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Index("ix_rating_updated_at_message_id", "updated_at", "message_id"),
)

audit_event = _table(
    "audit_event",
    _id(primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("action", Words(64), nullable=False),
    sa.Column("user_id", Words(128)),
    sa.Column("user_name", Words()),
    sa.Column("target", Words()),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("address", Words(64)),
    sa.Column("detail", Json(dict[str, Any]), nullable=False),
    outlives_user=True,
)

user_quota = _table(
    "user_quota",
    sa.Column("user_id", Words(128), primary_key=True),
    sa.Column("requests_per_minute", sa.Integer),
    sa.Column("tokens_per_day", sa.BigInteger),
    sa.Column("concurrent", sa.Integer),
)

# whom another identity provider means by a subject of its own
user_identity = _table(
    "user_identity",
    sa.Column("issuer", Words(255), primary_key=True),
    sa.Column("subject", Words(255), primary_key=True),
    sa.Column("user_id", Words(128), nullable=False, index=True),
    sa.Column("created_at", Utc, nullable=False),
)

# `key` columns hold what names are compared by (`core.accounts.folded`)
user = _table(
    "user",
    _id(primary_key=True),
    sa.Column("name", Words(64), nullable=False),
    sa.Column("name_key", Words(128), nullable=False, unique=True),
    sa.Column("email", Words(255)),
    sa.Column("email_key", Words(255), unique=True),
    sa.Column("password_hash", Words(255)),
    sa.Column("role", Named(UserRole), nullable=False),
    sa.Column("suspended_at", Utc),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("seen_at", Utc),
)

session = _table(
    "session",
    _id(primary_key=True),
    _id("user_id", _below("user.id"), nullable=False, index=True),
    sa.Column("kind", Named(SessionKind), nullable=False),
    sa.Column("digest", Words(64), unique=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("user_agent", Words(255), nullable=False),
    sa.Column("address", Words(64), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False, index=True),
)

api_key = _table(
    "api_key",
    _id(primary_key=True),
    _id("user_id", _below("user.id"), nullable=False, index=True),
    sa.Column("name", Words(120), nullable=False),
    sa.Column("prefix", Words(16), nullable=False),
    sa.Column("digest", Words(64), nullable=False, unique=True),
    sa.Column("scopes", Json(tuple[Scope, ...]), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc),
    sa.Column("used_at", Utc),
)

invitation = _table(
    "invitation",
    _id(primary_key=True),
    sa.Column("digest", Words(64), nullable=False, unique=True),
    sa.Column("role", Named(UserRole), nullable=False),
    sa.Column("note", Words(255), nullable=False),
    _id("created_by", _below("user.id"), nullable=False, index=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    _id("used_by"),
)

# a user has one at most
reset_link = _table(
    "reset_link",
    _id("user_id", _below("user.id"), primary_key=True),
    sa.Column("digest", Words(64), nullable=False, unique=True),
    _id("created_by"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
)

# One row, 1: its revision rises with every change that may take a credential's force, so that a server
# hears of what another process did.
account_state = _table(
    "account_state",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)
