"""`python -m tests.tool_server [PORT]`."""

import asyncio
import base64
import os
import pathlib
import sys
from typing import Annotated, Any, Literal

import mcp_types as types
import uvicorn
from mcp.server import MCPServer
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, Elicit, Image, Resolve
from pydantic import BaseModel, Field

server = MCPServer("Test Tools", log_level="ERROR")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _words() -> str:
    file = os.environ.get("TOOL_SERVER_FILE")
    return pathlib.Path(file).read_text() if file else "Add two numbers."


@server.tool(description=_words())
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@server.tool()
def get_weather(city: str) -> dict[str, Any]:
    """Tell the weather in a city."""
    return {"city": city, "sky": "clear", "degrees": 21}


@server.tool()
def picture() -> Image:
    """Return a picture."""
    return Image(data=PIXEL, format="png")


@server.tool()
def fails() -> str:
    """Say that it did not work."""
    raise ValueError("told to fail")


@server.tool()
def dies() -> str:
    """End the server in the middle of a call."""
    sys.stderr.write("I am dying\n")
    sys.stderr.flush()
    os._exit(7)


@server.tool()
async def slow(seconds: float, context: Context) -> str:
    """Take a while, and tell how far it is."""
    for step in range(4):
        await context.report_progress(step, 4, f"step {step}")
        await asyncio.sleep(seconds / 4)
    return "done at last"


def _note(marker: str) -> None:
    pathlib.Path(marker).write_text("cancelled")


@server.tool()
async def endless(context: Context) -> str:
    """Never return."""
    marker = os.environ.get("TOOL_SERVER_MARK")
    try:
        await context.report_progress(0, 1, "begun")
        await asyncio.Event().wait()
    finally:
        if marker:
            _note(marker)
    return ""


@server.tool()
def huge(megabytes: int) -> str:
    """Return a lot."""
    return "x" * (megabytes * 1024 * 1024)


@server.tool()
def hostile() -> str:
    """Return what a page and a terminal might obey."""
    return (
        '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\n'
        "[click](javascript:alert(1)) ![x](https://evil.example/p.png)\n"
        "\x1b[31mred\x1b[0m \u202egnp.exe\u202c \x00 # Heading"
    )


@server.tool(name="ödd näme/with:signs")
def odd() -> str:
    """Have a name that functions cannot have."""
    return "odd"


@server.tool()
def svg() -> types.ImageContent:
    """Return a picture that could hold a script."""
    data = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hit=1'/>").decode()
    return types.ImageContent(type="image", data=data, mime_type="image/svg+xml")


@server.tool()
def environment() -> list[str]:
    """Tell the names of the variables it sees."""
    return sorted(os.environ)


@server.tool()
def leaves_child() -> int:
    """Start a child in a session of its own, and return its process id."""
    pid = os.fork()
    if not pid:
        os.setsid()
        import time

        while True:
            time.sleep(60)
    return pid


class Wish(BaseModel):
    """What `asks` wants to know."""

    colour: str


def _colour() -> Elicit[Wish]:
    return Elicit("Which colour?", Wish)


@server.tool()
def asks(wish: Annotated[ElicitationResult[Wish], Resolve(_colour)]) -> str:
    """Ask the person something."""
    return f"the person's answer: {wish.action}"


class Booking(BaseModel):
    """What `books` wants to know."""

    name: str = Field(title="Your name", min_length=2)
    guests: int = Field(title="Guests", description="Children too", ge=1, le=8, default=2)
    seat: Literal["window", "aisle"] = Field(title="Seat", default="aisle")
    quiet: bool = Field(title="A quiet table", default=True)
    mail: str | None = Field(None, title="Mail", json_schema_extra={"format": "email"})


def _booking() -> Elicit[Booking]:
    return Elicit("For whom shall I book a table?", Booking)


@server.tool()
def books(booking: Annotated[ElicitationResult[Booking], Resolve(_booking)]) -> str:
    """Book a table, for whom the person says."""
    if isinstance(booking, AcceptedElicitation):
        return f"booked: {booking.data.model_dump_json(exclude_none=True)}"
    return f"not booked: {booking.action}"


@server.resource("note://today", name="Today", description="What is to be done", mime_type="text/markdown")
def today() -> str:
    """Return a text."""
    return "# Today\n\nWater the plants."


@server.resource("pixel://one", mime_type="image/png")
def pixel() -> bytes:
    """Return a picture."""
    return PIXEL


@server.prompt(title="Sum up")
def sum_up(text: str, tone: str = "kind") -> str:
    """Sum a text up."""
    return f"Sum this up in a {tone} tone: {text}"


class Door:
    """Lets in only who shows the token, if there is one."""

    def __init__(self, app: Any, token: str) -> None:
        self.app, self.token = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"authorization") != self.token:
            how = (b"www-authenticate", b'Bearer resource_metadata="http://127.0.0.1/metadata"')
            await send({"type": "http.response.start", "status": 401, "headers": [how]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)


if len(sys.argv) > 1 and os.environ.get("TOOL_SERVER_TOKEN"):
    app = Door(server.streamable_http_app(), os.environ["TOOL_SERVER_TOKEN"])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
elif len(sys.argv) > 1:
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
else:
    server.run()
