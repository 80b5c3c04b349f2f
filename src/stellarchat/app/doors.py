"""The doors of the house: all routes, the lanes beside them, and the entrance before both."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from stellarchat.api import errors
from stellarchat.api.accounts.router import router as accounts_router
from stellarchat.api.admin.backups import UPLOAD as BACKUP_UPLOAD
from stellarchat.api.admin.backups import UPLOAD_BYTES
from stellarchat.api.admin.router import router as admin_router
from stellarchat.api.answers import AnswerEndpoint, JsonEndpoint
from stellarchat.api.anthropic.door import CountTokens, MessagesDoor
from stellarchat.api.chats.door import PATH as COMPLETION_PATH
from stellarchat.api.chats.door import CompletionDoor
from stellarchat.api.chats.files import PAGES_PATH
from stellarchat.api.chats.files import PATH as FILES_PATH
from stellarchat.api.chats.imports import PATH as IMPORT_PATH
from stellarchat.api.chats.router import router as chats_router
from stellarchat.api.compare.router import router as compare_router
from stellarchat.api.compression import Compression
from stellarchat.api.control.router import router as control_router
from stellarchat.api.conversations.router import router as conversations_router
from stellarchat.api.entrance import Entrance
from stellarchat.api.limits import Limits
from stellarchat.api.live.door import PATH as LIVE_PATH
from stellarchat.api.noting import Notes
from stellarchat.api.openai.relay import RelayEndpoint
from stellarchat.api.openai.responses.door import ResponsesDoor
from stellarchat.api.openai.responses.door import router as responses_router
from stellarchat.api.openai.router import router as openai_router
from stellarchat.api.openai.validate import validate_chat, validate_completion
from stellarchat.api.openai.vectors import EmbeddingsDoor, RerankDoor
from stellarchat.api.openapi import document
from stellarchat.api.origins import Origins
from stellarchat.api.prompts.router import router as prompts_router
from stellarchat.api.rates import Rates
from stellarchat.api.routes import Routes
from stellarchat.api.system.router import router as system_router
from stellarchat.api.tools.router import router as tools_router
from stellarchat.api.uploads import FORM_BYTES
from stellarchat.app import parts
from stellarchat.app.house import House
from stellarchat.config import LOOPBACK, Settings
from stellarchat.core.models import ModelKind
from stellarchat.core.version import __version__
from stellarchat.services.chats.context import Context
from stellarchat.web.pages import Pages


def application() -> FastAPI:
    """Return all documented routes; they find their services in `state.services`."""
    app = FastAPI(
        title="StellarChat",
        version=__version__,
        docs_url=None,
        redoc_url=None,
    )
    errors.install(app)
    routes = Routes()
    # the first are found first: the ones that are asked for most
    routes.take(
        chats_router,
        system_router,
        openai_router,
        accounts_router,
        prompts_router,
        control_router,
        tools_router,
        compare_router,
        responses_router,
        admin_router,
        conversations_router,
    )
    app.router.routes.extend(routes.routes)
    document(app)
    app.router.default = Pages()
    app.add_middleware(Compression)
    return app


def create(settings: Settings) -> tuple[Entrance, House]:
    """Build the ASGI application and all behind it; nothing runs before `open`."""
    house = House(settings)
    services = house.services()
    app = application()
    app.state.services = services
    notes = Notes(house.audit)
    house.reception.accounts.on_event.append(notes.account)
    house.reception.accounts.on_removed.append(house.quotas.forget)
    entrance = Entrance(
        app,
        lanes=_lanes(house, services.limits),
        origins=Origins(
            (settings.host, *settings.allowed_hosts),
            settings.cors_origins,
            addresses=settings.host not in LOOPBACK,
        ),
        gate=parts.gate(settings, house.reception),
        limits=services.limits,
        uploads={
            FILES_PATH: settings.files.file_bytes + FORM_BYTES,
            PAGES_PATH: settings.files.file_bytes + FORM_BYTES,
            IMPORT_PATH: services.limits.import_bytes,
            BACKUP_UPLOAD: UPLOAD_BYTES,
        },
        rates=Rates(house.quotas),
        notes=notes,
        meter=house.metrics,
        readiness=services.readiness,
    )
    return entrance, house


def _lanes(house: House, limits: Limits) -> dict[str, ASGIApp]:
    """Return the paths on which every microsecond counts, and who serves them."""

    size = limits.body_bytes

    def relay(path: str, validate: Callable[[dict[str, Any], Limits], None]) -> RelayEndpoint:
        def check(body: dict[str, Any]) -> None:
            validate(body, limits)
            house.kinds.require(body["model"], ModelKind.CHAT)

        return RelayEndpoint(house.relay, path, check, size)

    chat = relay("/chat/completions", validate_chat)
    context = Context(house.store, house.models, house.gateway)
    responses = ResponsesDoor(house.inference, house.responses, limits)
    return {
        "/v1/chat/completions": chat,
        "/api/chat/completions": chat,
        "/v1/completions": relay("/completions", validate_completion),
        "/v1/embeddings": JsonEndpoint(EmbeddingsDoor(house.vectors, limits), size),
        "/v1/rerank": JsonEndpoint(RerankDoor(house.vectors, limits), size),
        "/v1/responses": AnswerEndpoint(house.inference, responses, size),
        "/v1/messages": AnswerEndpoint(house.inference, MessagesDoor(house.inference, limits), size),
        "/v1/messages/count_tokens": JsonEndpoint(CountTokens(context, limits), size),
        COMPLETION_PATH: CompletionDoor(house.chats, house.generations, limits),
        LIVE_PATH: house.live,
    }
