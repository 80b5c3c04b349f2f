"""Routes of tool servers."""

from typing import Annotated

from fastapi import Depends, Query, Response
from fastapi.requests import Request
from fastapi.responses import RedirectResponse

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.api.schemas import ErrorBody
from stellarchat.api.tools import schemas
from stellarchat.core.errors import BadRequest, StellarChatError, ToolsMissing
from stellarchat.core.tools import Tool, ToolServer
from stellarchat.services.tools.logins import CALLBACK
from stellarchat.services.tools.policy import changed_since, policy_of
from stellarchat.services.tools.servers import ToolServers
from stellarchat.services.tools.wire import require

router = Routes(prefix="/api/tools", tags=["tools"])

_COOKIE = "stellarchat-tool-login"
_PAGE = "/connected"
_SEE_OTHER = 303

User = Annotated[str, Depends(deps.user)]
Admin = Annotated[str, Depends(deps.admin)]
ServersDep = Annotated[ToolServers, Depends(deps.tool_servers)]


@router.get("")
async def list_offers(user: User, servers: ServersDep) -> schemas.Offers:
    """List the tool servers that the caller may use in chats."""
    logged_in = await servers.logins.of(user)
    return schemas.Offers(
        data=[
            schemas.OfferShown.of(one, servers.connection(one, user), one.id in logged_in)
            for one in servers.usable(user)
        ]
    )


@router.post("/servers/{server_id}/login")
async def begin_login(
    request: Request, response: Response, user: User, servers: ServersDep, server_id: str
) -> schemas.LoginStart:
    """Begin to log in at a server's service; the browser is to go to the address that is returned."""
    server = servers.of(user, server_id)
    if not server.oauth:
        raise BadRequest("Nobody logs in at this server.", param="server_id", sentence="tool_no_login")
    begun = await servers.logins.begin(server, user, str(request.base_url))
    response.headers["cache-control"] = "no-store"
    request.app.state.services.cookie.bind(response, _COOKIE, begun.browser, CALLBACK)
    return schemas.LoginStart(url=begun.location)


@router.get("/callback", status_code=_SEE_OTHER, response_class=RedirectResponse)
async def finish_login(
    request: Request,
    user: User,
    servers: ServersDep,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4096)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str | None, Query(max_length=2048)] = None,
) -> RedirectResponse:
    """Take the browser back from a server's service, with what the person agreed to."""
    browser = request.cookies.get(_COOKIE, "")
    outcome: StellarChatError | None = None
    try:
        server_id = await servers.logins.finish(
            user, browser, state=state, code=code, issuer=iss, error=error
        )
        await servers.anew(server_id, user)
    except StellarChatError as refused:
        outcome = refused
    response = RedirectResponse(_PAGE, _SEE_OTHER, headers={"cache-control": "no-store"})
    request.app.state.services.cookie.tell(response, _PAGE, outcome)
    response.delete_cookie(_COOKIE, path=CALLBACK)
    return response


@router.delete("/servers/{server_id}/login", status_code=204)
async def log_out(user: User, servers: ServersDep, server_id: str) -> Response:
    """Forget the caller's login at a server, here and at its service where that offers it."""
    await servers.log_out(server_id, user)
    return Response(status_code=204)


@router.get("/servers")
async def list_servers(admin: Admin, servers: ServersDep) -> schemas.Servers:
    """List all tool servers. A secret is never shown."""
    missing = None
    try:
        require()
    except ToolsMissing as error:
        missing = error.remedy
    return schemas.Servers(data=[schemas.ServerShown.of(known) for known in servers.all()], missing=missing)


@router.post("/servers", status_code=201)
async def add_server(admin: Admin, servers: ServersDep, body: schemas.AddServer) -> schemas.ServerShown:
    """Add one. A program needs `approved`: its command runs on the server's machine."""
    return schemas.ServerShown.of(await servers.add(admin, body.transport, body.fields()))


@router.patch("/servers/{server_id}")
async def change_server(
    admin: Admin, servers: ServersDep, server_id: str, body: schemas.ChangeServer
) -> schemas.ServerShown:
    """Change the fields given; its connection is closed."""
    return schemas.ServerShown.of(await servers.change(server_id, body.fields()))


@router.delete("/servers/{server_id}", status_code=204)
async def remove_server(admin: Admin, servers: ServersDep, server_id: str) -> Response:
    """Remove one; its connection is closed and its program ended."""
    await servers.remove(server_id)
    return Response(status_code=204)


@router.post("/servers/{server_id}/test")
async def test_server(admin: Admin, servers: ServersDep, server_id: str) -> schemas.ServerTest:
    """Connect to it now and ask for its tools."""
    tested = await servers.test(server_id, admin)
    server = servers.get(server_id)
    return schemas.ServerTest(
        reachable=tested.reachable,
        says=tested.says,
        tools=[_shown(server, tool) for tool in tested.tools],
        took_ms=tested.took_ms,
        error=ErrorBody.of(tested.error),
    )


@router.get("/servers/{server_id}/tools")
async def list_tools(user: User, servers: ServersDep, server_id: str) -> schemas.Tools:
    """List the tools of a server that the caller may use; it is connected to where it is not yet."""
    server = servers.of(user, server_id)
    tools = await servers.connection(server, user).tools()
    return schemas.Tools(data=[_shown(server, tool) for tool in tools])


@router.get("/servers/{server_id}/resources")
async def list_resources(user: User, servers: ServersDep, server_id: str) -> schemas.Resources:
    """List what people may read of a server that the caller may use; [] where it offers nothing."""
    found = await servers.connection(servers.of(user, server_id), user).resources()
    return schemas.Resources(data=[schemas.ResourceShown.model_validate(one) for one in found])


@router.post("/servers/{server_id}/resources/read")
async def read_resource(
    user: User, servers: ServersDep, server_id: str, body: schemas.ReadResource
) -> schemas.Contents:
    """Read one, to attach it to a message. Nothing of it is to be trusted."""
    found = await servers.connection(servers.of(user, server_id), user).read(body.uri)
    return schemas.Contents(data=[schemas.ContentShown.model_validate(one) for one in found])


@router.get("/servers/{server_id}/prompts")
async def list_server_prompts(user: User, servers: ServersDep, server_id: str) -> schemas.ServerPrompts:
    """List the prompts of a server that the caller may use; [] where it offers none."""
    found = await servers.connection(servers.of(user, server_id), user).prompts()
    return schemas.ServerPrompts(data=[schemas.ServerPromptShown.model_validate(one) for one in found])


@router.post("/servers/{server_id}/prompts")
async def write_server_prompt(
    user: User, servers: ServersDep, server_id: str, body: schemas.WantedPrompt
) -> schemas.WrittenPrompt:
    """Have a prompt written, to be sent as a message."""
    text = await servers.connection(servers.of(user, server_id), user).prompt(body.name, body.arguments)
    return schemas.WrittenPrompt(text=text)


@router.put("/servers/{server_id}/policies")
async def decide(
    admin: Admin, servers: ServersDep, server_id: str, body: schemas.Decisions
) -> schemas.ServerShown:
    """Set what holds for single tools. `always` holds for a tool as it is now: a changed one asks again."""
    return schemas.ServerShown.of(await servers.decide(server_id, body.policies, admin))


@router.get("/servers/{server_id}/logs")
async def logs(
    admin: Admin, servers: ServersDep, server_id: str, tail: Annotated[int, Query(ge=1, le=500)] = 200
) -> schemas.Log:
    """Return the last lines that a server wrote."""
    return schemas.Log(lines=servers.logs(server_id, tail))


def _shown(server: ToolServer, tool: Tool) -> schemas.ToolShown:
    return schemas.ToolShown(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        schema=tool.schema,
        read_only=tool.read_only,
        destructive=tool.destructive,
        refused=tool.refused,
        policy=policy_of(server, tool),
        changed=changed_since(server, tool),
    )
