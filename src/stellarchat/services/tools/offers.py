"""What a server offers to people besides tools, read from the library's types: resources and prompts."""

from collections.abc import Iterable
from typing import Any, Final

from stellarchat.core.errors import ToolFailed
from stellarchat.core.tools import Content, PromptArgument, Resource, ServerPrompt
from stellarchat.services.tools.looks import NAME_CHARS, TEXT_CHARS, plain

MOST_OFFERED: Final = 500
"""Resources or prompts of one server."""
URI_CHARS: Final = 2048
ARGUMENTS: Final = 20
PROMPT_CHARS: Final = 200_000


def resource_of(one: Any) -> Resource:
    """Return a resource as it may be shown."""
    return Resource(
        uri=str(one.uri)[:URI_CHARS],
        name=plain(one.title or one.name)[:NAME_CHARS],
        description=plain(one.description or "")[:TEXT_CHARS],
        media_type=one.mime_type,
        size=one.size,
    )


def content_of(one: Any) -> Content:
    """Return what a resource holds."""
    text = getattr(one, "text", None)
    return Content(None if text is None else plain(text), getattr(one, "blob", None), one.mime_type)


def prompt_of(one: Any) -> ServerPrompt:
    """Return a prompt as it may be shown."""
    return ServerPrompt(
        name=one.name,
        title=plain(one.title)[:NAME_CHARS] if one.title else None,
        description=plain(one.description or "")[:TEXT_CHARS],
        arguments=[
            PromptArgument(
                name=argument.name,
                description=plain(argument.description or "")[:TEXT_CHARS],
                required=bool(argument.required),
            )
            for argument in (one.arguments or ())[:ARGUMENTS]
        ],
    )


def text_of(messages: Iterable[Any]) -> str:
    """Return a prompt's messages below one another; pictures and the like are left out.

    Raises ToolFailed where there is no text.
    """
    found = []
    for message in messages:
        content = message.content
        resource = getattr(content, "resource", None)
        text = getattr(content, "text", None) or getattr(resource, "text", None)
        if text:
            found.append(plain(text))
    if not found:
        raise ToolFailed("This prompt of the server has no text.", sentence="tool_prompt_empty")
    return "\n\n".join(found)[:PROMPT_CHARS]
