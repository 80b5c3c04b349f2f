"""What a person can meet on the page has a sentence there for other languages, and what stands in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import stellarchat
from stellarchat.api.fields import SENTENCES

SOURCE = Path(stellarchat.__file__).parent
PAGE = SOURCE.parents[1] / "frontend/src/i18n"

PROGRAMS = (
    # the command line, what is embedded into programs, and what keeps a server from starting
    "app/",
    "cli/",
    "config/",
    "inferencer/",
    "api/server.py",
    "store/connections.py",
    "store/migrate.py",
    "store/serving.py",
    "web/",
    # doors for other programs' clients
    "api/anthropic/",
    "api/openai/",
    "api/conversations/",
    "api/control/inference_schemas.py",
    "api/live/requests.py",
    "services/answers/responses.py",
    "services/choices.py",
)
"""Where nothing is raised that the page shows."""

ONLY_PROGRAMS = {
    "api/admin/usage.py": ["`by`: there is no {} to group by."],
    "api/bodies.py": [
        "The body has more than {} values.",
        "The body is nested too deeply.",
        "The body is not JSON: {}.",
        "The body must be a JSON object.",
        "`{}` is missing.",
        "`{}`: {}{}.",
        "`{}`: expected `str`.",
    ],
    "api/chats/chats.py": ["Nothing is to be changed."],
    "api/chats/imports.py": ["The file must be sent as it is, not as {}."],
    "api/deps.py": ["An API key may not do that."],
    "api/entrance.py": ["{} does not take {}."],
    "api/errors.py": ["There is nothing at {}.", "{} does not take {}.", ""],
    "api/gate.py": [
        "With a cookie, only this server's own page may do that.",
        "The header Authorization must be `Bearer` and a key or token.",
    ],
    "api/live/socket.py": ["Too many frames.", "This key is not for that."],
    "api/origins.py": ["This server does not answer to that Host."],
    "api/turns.py": [
        "{} is for a stored chat.",
        "There is nothing to answer.",
        "A stored chat has its own messages.",
        "continue_message_id goes without {}.",
    ],
    "api/visit.py": ["JSON sent as text/plain is refused.", "The body must be JSON."],
    "api/uploads.py": [
        "The form has no boundary.",
        "The form holds no file.",
        "The form is malformed: {}.",
        "The form's headers are too long.",
    ],
    "engines/ollama/engine.py": ["{} cannot be launched by Ollama: that is a server of its own."],
    "engines/ollama/requests.py": [
        "Ollama writes one answer to a request.",
        "Ollama completes one prompt, and that as text.",
        "Ollama embeds texts, not tokens.",
        "Ollama takes text and pictures, not {}.",
        "A picture must be a data: URL with base64.",
        "The picture's data is not base64.",
        "Ollama can't be made to call a tool.",
    ],
    "engines/openai/engine.py": ["{} cannot be launched by 'openai': that is a remote server."],
    "engines/vllm/dialect.py": [
        "Only one of response_format, structured_outputs and guided_… can be asked for."
    ],
    "runtime/piped.py": ["not executed"],
    "services/accounts/callers.py": ["The API key is not known here.", "The API key has expired."],
    "services/accounts/tokens.py": [
        "Setting `accounts.secret` must have at least {} characters.",
        "Setting `accounts.secret` is one that is easily guessed.",
        "{} cannot be read: {}.",
        "{} holds no secret.",
        "{} cannot be written: {}.",
    ],
    "services/administration/feedback.py": ["{} is no reason for {}."],
    "services/answers/generations.py": ["Tools of servers are called in stored chats."],
    "services/answers/inference.py": [
        "There is no engine {}.",
        "{} runs on {}.",
        "{} runs {}.",
    ],
    "services/answers/structured.py": ["`{}`: {}."],
    "services/answers/vectors.py": [
        "`input` must be a text, a list of tokens, or a list of either.",
        "`input`: all items must be of one kind, texts or lists of tokens.",
        "`input[{}]` must be a text or a list of tokens, and not empty.",
    ],
    "services/catalog/hub.py": ["hf_token must be one word of plain characters."],
    "services/catalog/inspection.py": [
        "Give exactly one of hf_repo, url and path.",
        "hf_file makes sense with hf_repo only.",
    ],
    "services/catalog/library.py": ["{} belongs into sizes, where there are sizes."],
    "services/catalog/wire.py": ["The hub's address must be an http(s) URL."],
    "services/chats/chats.py": ["limit must be from 1 to {}.", "A chat has no field {} that can be set."],
    "services/chats/conversations.py": ["There is no such conversation."],
    # what another program said of its own failures
    "services/chats/importing/librechat.py": [""],
    "services/chats/importing/openwebui.py": [""],
    "services/chats/search.py": ["limit must be from 1 to {}."],
    "services/chats/sharing.py": ["limit must be from 1 to {}."],
    "services/chats/shelves.py": ["limit must be from 1 to 200."],
    "services/comparisons/comparisons.py": ["A winner has an answer_id, and only a winner."],
    "services/files/collection.py": ["limit must be from 1 to {}."],
    # what an engine's library said of a fault of its own
    "services/instances/attached.py": [""],
    "services/instances/instances.py": ["replicas must be at least 1."],
    "services/parameters.py": [
        "thinking must be true or false.",
        "An mcp tool has a server_label of 1 to 64 characters.",
        "allowed_tools must be a list of up to 200 names.",
        "An mcp tool has no {} here.",
    ],
    "services/preferences.py": [
        "There is no setting {}.",
        "{} must be an object.",
        "ui may have at most {} bytes.",
        "{} must be a text.",
        "default_model must have 1 to 256 characters.",
        "A model's name has 1 to 256 characters.",
        "model_params.{} must be an object.",
    ],
    # these go to the tool server that asked
    "services/tools/questions.py": [
        "The form is no flat object.",
        "The form has more than {} fields.",
        "The address is too long.",
        "This question takes no content.",
        "The question has no such field.",
        "The field {} is none that the protocol knows.",
        "The field {} has more than {} options.",
    ],
    "services/tools/entries.py": ["A server by {} has no {}."],
    "store/chats.py": ["{} of a chat cannot be changed"],
    "store/cursors.py": ["the cursor is not one that this server gave"],
}
"""By file: errors of requests that the page does not make."""


class Raised(msgspec.Struct, frozen=True):
    """A place where an error is made: its message with `{}` for what stands in it, and what names it.

    `named` is true where a sentence is given, which may be another error's.
    """

    place: str
    message: str
    sentences: tuple[str, ...]
    values: frozenset[str] | None
    named: bool = True


def _trees() -> dict[str, ast.Module]:
    return {
        path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text())
        for path in sorted(SOURCE.rglob("*.py"))
    }


TREES = _trees()


def _kinds() -> set[str]:
    """Return the names of all errors, and of what becomes one."""
    found = {"StellarChatError"}
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    while more := {name for name, below in bases.items() if below & found} - found:
        found |= more
    return found - {"Reported"} | {"ErrorInfo", "Refusal"}


def _template(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def _names(node: ast.expr | None) -> tuple[str, ...]:
    """Return the sentences that an expression can come to: `"a" if … else "b"` names two."""
    if isinstance(node, ast.IfExp):
        return _names(node.body) + _names(node.orelse)
    if isinstance(node, ast.BoolOp):
        return tuple(name for one in node.values for name in _names(one))
    return (node.value,) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ()


def _made() -> Iterator[Raised]:
    kinds = _kinds()
    for place, tree in TREES.items():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            kind = ast.unparse(call.func).rpartition(".")[2]
            given = {one.arg: one.value for one in call.keywords}
            first = call.args[0] if call.args else given.get("message")
            if kind == "Words" and len(call.args) > 1:
                values = call.args[2] if len(call.args) > 2 else ast.Dict([], [])
                yield Raised(place, _template(first), _names(call.args[1]), _keys(values))
            elif kind == "Cause":
                yield Raised(place, _template(first), _names(call.args[0]), frozenset({"name"}))
            elif (kind in kinds or kind == "Probe") and "sentence" in given:
                yield Raised(place, _template(first), _names(given["sentence"]), _keys(given.get("values")))
            elif kind in kinds or (kind == "Probe" and _is_false(given.get("usable"))):
                yield Raised(place, _template(first), (), None, named=False)
            elif "sentence" in given:
                yield Raised(place, "", _names(given["sentence"]), None)


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _keys(node: ast.expr | None) -> frozenset[str] | None:
    """Return the names in a literal dict; None where they are decided elsewhere."""
    if node is None:
        return frozenset()
    if not isinstance(node, ast.Dict) or None in node.keys:
        return None
    return frozenset(str(key.value) for key in node.keys if isinstance(key, ast.Constant))


MADE = list(_made())
ENTRY = re.compile(r"^ {2,6}(\w+): \{\s*(message:.*?)\},?$", re.DOTALL | re.MULTILINE)


def _spoken(language: str) -> dict[str, frozenset[str]]:
    """Return the page's sentences in a language, each with what stands in it."""
    found = {}
    for path in PAGE.glob(f"sentences*.{language}.ts"):
        for name, words in ENTRY.findall(path.read_text()):
            found[name] = frozenset(re.findall(r"\{(\w+)\}", words))
    return found


def test_errors_that_the_page_shows_have_a_sentence() -> None:
    dumb: dict[str, set[str]] = {}
    for one in MADE:
        if one.named or one.place.startswith(PROGRAMS) or one.place == "core/errors.py":
            continue
        if one.message not in ONLY_PROGRAMS.get(one.place, ()):
            dumb.setdefault(one.place, set()).add(one.message)
    assert dumb == {}


def test_what_has_no_sentence_is_said_somewhere() -> None:
    said = {(one.place, one.message) for one in MADE if not one.named}
    gone = [(place, text) for place, texts in ONLY_PROGRAMS.items() for text in texts]
    assert [one for one in gone if one not in said] == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_sentences_are_known_to_the_page_with_what_stands_in_them(language: str) -> None:
    spoken = _spoken(language)
    assert len(spoken) > 400
    named = {name for one in MADE for name in one.sentences} | {name for name, _ in SENTENCES.values()}
    assert named - spoken.keys() == set()
    lacking = [
        (one.place, name, spoken[name] - one.values)
        for one in MADE
        if one.values is not None
        for name in one.sentences
        if spoken[name] - one.values
    ]
    assert lacking == []
    for name, values in SENTENCES.values():
        assert spoken[name] <= {"field", *values}
