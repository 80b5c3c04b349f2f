"""The OpenAPI document: FastAPI's, with the lanes described beside it."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from stellarchat.api.anthropic.schemas import CountTokensRequest, MessagesRequest
from stellarchat.api.control.inference_schemas import StreamedPiece
from stellarchat.api.gate import OPEN, OPEN_BELOW, required
from stellarchat.api.openai.responses.schemas import ResponsesRequest
from stellarchat.api.openai.schemas import (
    ChatCompletionRequest,
    CompletionRequest,
    EmbeddingsRequest,
    RerankRequest,
)
from stellarchat.api.sse import events

_REF = "#/components/schemas/{name}"
_REF_MODEL = "#/components/schemas/{model}"
# what an error looks like on every route but those of the control surface
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "code": {"type": "string", "description": "stable, for programs"},
                "param": {"type": ["string", "null"], "description": "the field it is about"},
                "remedy": {"type": ["string", "null"], "description": "what to do about it"},
                "detail": {"type": ["string", "null"], "description": "an engine's own last words"},
            },
        }
    },
}
_REFUSED = {
    "description": "Error",
    "content": {"application/json": {"schema": {"$ref": _REF.format(name="Error")}}},
}
_LANES = (
    ("/v1/chat/completions", "Chat completion", ChatCompletionRequest, True),
    ("/api/chat/completions", "Chat completion", ChatCompletionRequest, True),
    ("/v1/completions", "Completion", CompletionRequest, True),
    ("/v1/embeddings", "Embeddings", EmbeddingsRequest, False),
    ("/v1/rerank", "Rank documents", RerankRequest, False),
    ("/v1/responses", "Response", ResponsesRequest, True),
    ("/v1/messages", "Message (Anthropic)", MessagesRequest, True),
    ("/v1/messages/count_tokens", "Count tokens (Anthropic)", CountTokensRequest, False),
)
_PASSED_ON = "As in OpenAI's API reference; fields not named here reach the engine unchanged."
_READ = "As in its API's reference; what has no effect on a model is ignored, the rest is refused by name."


def document(app: FastAPI) -> None:
    """Make `app` describe the lanes too. The document is built when somebody asks first."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, routes=app.routes, description=_ABOUT)
            app.openapi_schema = _with_security(_complete(schema))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


_ABOUT = "Shapes that a schema says badly (frames, events, parts) are in docs/api.md of the source."


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for _, _, kind, _ in _LANES]
    bodies, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    # a surface's own part names would clash with those of other surfaces
    renamed = {name: f"OpenAI{name}" if name in schemas else name for name in components}
    for name, component in components.items():
        schemas[renamed[name]] = _with_refs(component, renamed)
    schemas["Error"] = _ERROR
    # what is only ever streamed is no route's response model
    _, streamed = models_json_schema([(StreamedPiece, "serialization")], ref_template=_REF_MODEL)
    for name, component in streamed["$defs"].items():
        schemas.setdefault(name, component)
    _with_our_errors(schema)
    for (path, summary, _, streams), body in zip(_LANES, bodies, strict=True):
        schema["paths"][path] = {"post": _operation(path, summary, _with_refs(body, renamed), streams)}
    return schema


_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key, or an access token"},
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "an API key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-stellarchat"},
}


def _with_security(schema: dict[str, Any]) -> dict[str, Any]:
    """Say what each operation wants of its caller where accounts are on."""
    schema["components"]["securitySchemes"] = _SECURITY
    schema["security"] = [{name: []} for name in _SECURITY]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path in OPEN or path.startswith(OPEN_BELOW):
                operation["security"] = []
                continue
            operation["x-scope"] = required(method.upper(), path)
            if operation.pop("security", None):  # only `deps.admin` asks for any
                operation["x-role"] = "admin"
    return schema


def _with_our_errors(schema: dict[str, Any]) -> None:
    """Say what an error looks like here, in place of what FastAPI's own would."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"].update({"4XX": _REFUSED, "5XX": _REFUSED})
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)


def _operation(path: str, summary: str, body: dict[str, Any], streams: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
    if streams:
        content |= events()
    return {
        "tags": ["anthropic" if path.startswith("/v1/messages") else "openai"],
        "summary": summary,
        "description": _PASSED_ON if path.endswith("completions") else _READ,
        "operationId": path.strip("/").replace("/", "_"),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The answer", "content": content},
            "4XX": _REFUSED,
            "5XX": _REFUSED,
        },
    }


def _with_refs(node: Any, renamed: dict[str, str]) -> Any:
    """Return a copy of a schema in which references follow the new names."""
    if isinstance(node, dict):
        return {
            key: _REF.format(name=renamed[value.rpartition("/")[2]])
            if key == "$ref"
            else _with_refs(value, renamed)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_with_refs(item, renamed) for item in node]
    return node
