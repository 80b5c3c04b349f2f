"""`stellarchat run`: a conversation in the terminal."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.error import URLError
from urllib.request import urlopen

import typer

from stellarchat.cli import common
from stellarchat.cli.client import address_of
from stellarchat.core.errors import StellarChatError

if TYPE_CHECKING:
    from stellarchat.inferencer import LLMInferencer, Progress

HELP = """\
/system TEXT      how the model is to behave (alone: forget it)
/set NAME VALUE   a parameter, as temperature or max_tokens (alone: show them)
/think on|off     whether it thinks first, where it can
/clear            begin anew
/bye              leave (also Ctrl-D)
\"\"\"               begins and ends a message of several lines
Ctrl-C            stops the answer"""
DIM, BOLD, PLAIN = "\033[2m", "\033[1m", "\033[0m"
NUMBERS = {"temperature": float, "top_p": float, "min_p": float, "repeat_penalty": float}
NUMBERS |= {"presence_penalty": float, "frequency_penalty": float}
COUNTS = {"max_tokens": int, "top_k": int, "seed": int}


def run(
    model: Annotated[str, typer.Argument(help="Name of the model, as `stellarchat models list` has it.")],
    prompt: Annotated[
        list[str] | None, typer.Argument(help="One question; without it a conversation begins.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Engine to run it on.")] = None,
    system: Annotated[str | None, typer.Option(help="How the model is to behave.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=2)] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer.")] = None,
    context_length: Annotated[int | None, typer.Option(help="Tokens of context.")] = None,
    config: common.ConfigFile = None,
    url: common.Url = None,
) -> None:
    """Talk to a model: through the server where one runs, else on an engine started for the while.

    What is piped in is added to the question: `cat notes.txt | stellarchat run MODEL "Summarise"`.
    """
    # imported here: help and completion do without it
    from stellarchat.inferencer import LLMInferencer

    piped = "" if sys.stdin.isatty() else sys.stdin.read()
    question = "\n\n".join(part for part in (" ".join(prompt or ()), piped.strip()) if part)
    options: dict[str, Any] = {} if context_length is None else {"context_length": context_length}
    base_url = url or _running(config)
    if base_url is not None:
        options["base_url"] = base_url
    else:
        options["config"] = config
    params = {"temperature": temperature, "max_tokens": max_tokens}
    line = _Line()
    with common.failing(), LLMInferencer(engine, model, on_progress=line.progress, **options) as llm:
        line.clear()
        talk = _Talk(llm, line, system, {key: value for key, value in params.items() if value is not None})
        if question:
            talk.ask(question)
        elif sys.stdin.isatty():
            talk.converse()


class _Line:
    """The line that says what happens before the first token: written over, and taken away at its end."""

    shown = False

    def progress(self, progress: "Progress") -> None:
        """Show how far it is; nothing where nobody looks."""
        if not sys.stderr.isatty():
            return
        names = {"download": "downloading", "launch": "starting", "load": "loading", "prefill": "reading"}
        words = [names.get(progress.step, progress.step)]
        if progress.progress is not None:
            filled = round(24 * progress.progress)
            words.append(f"{'━' * filled}{'─' * (24 - filled)} {100 * progress.progress:3.0f} %")
        if progress.step == "download":
            words.append(common.size(progress.bytes_done))
            if progress.rate:
                words.append(f"{common.size(int(progress.rate))}/s")
        if progress.eta_seconds:
            words.append(f"{progress.eta_seconds:.0f} s left")
        if progress.position:
            words.append(f"{progress.position} before you")
        print(f"\r\033[2K{'  '.join(words)}", end="", file=sys.stderr, flush=True)
        self.shown = True

    def clear(self) -> None:
        """Take it away."""
        if self.shown:
            print("\r\033[2K", end="", file=sys.stderr, flush=True)
            self.shown = False


class _Talk:
    """One conversation: what was said, and with which parameters."""

    def __init__(self, llm: "LLMInferencer", line: _Line, system: str | None, params: dict[str, Any]) -> None:
        self._llm, self._line, self._params = llm, line, params
        self._system = system
        self._said: list[dict[str, Any]] = []

    def converse(self) -> None:
        """Read, answer, and again until the person leaves."""
        _remember()
        print(f"{_styled(BOLD, self._llm.model)}  {_styled(DIM, '/help for help, Ctrl-D to leave')}")
        while (line := _read()) is not None:
            if line.startswith("/"):
                if not self._command(line):
                    return
            elif line.strip():
                try:
                    self.ask(line)
                except StellarChatError as error:  # the conversation goes on
                    print(_styled(DIM, "\n".join(filter(None, (error.message, error.remedy)))))
        print()

    def ask(self, text: str) -> None:
        """Print the answer as it comes, and how fast it was. Ctrl-C keeps what has come."""
        messages = [*self._said, {"role": "user", "content": text}]
        first = [{"role": "system", "content": self._system}] if self._system else []
        written: list[str] = []
        stream = self._llm.chat([*first, *messages], stream=True, **self._params)
        thinking = False
        try:
            for piece in stream.pieces():
                self._line.clear()
                if thinking != bool(piece.thinking):
                    thinking = bool(piece.thinking)
                    _style(DIM if thinking else PLAIN)
                    if not thinking:
                        print("\n")
                print(piece.thinking or piece.text, end="", flush=True)
                written.append(piece.text)
        except KeyboardInterrupt:
            print(f" {_styled(DIM, '[stopped]')}")
        else:
            print()
            _measured(stream.reply)
        finally:
            self._line.clear()
            _style(PLAIN)
        self._said = [*messages, {"role": "assistant", "content": "".join(written)}]

    def _command(self, line: str) -> bool:
        """Do what a line with a slash says; False to leave."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word in ("/bye", "/exit", "/quit"):
            return False
        if word in ("/help", "/?"):
            print(HELP)
        elif word == "/clear":
            self._said = []
            print(_styled(DIM, "Nothing was said."))
        elif word == "/system":
            self._system = rest or None
        elif word == "/think":
            self._params["thinking"] = rest != "off"
        elif word == "/set":
            self._set(rest)
        else:
            print(f"There is no {word}.\n{HELP}")
        return True

    def _set(self, rest: str) -> None:
        name, _, value = rest.partition(" ")
        kind = (NUMBERS | COUNTS).get(name)
        if not rest:
            print("\n".join(f"{key} = {set_to}" for key, set_to in self._params.items()) or "nothing is set")
        elif kind is None:
            print(f"There is no parameter {name!r}; known are {', '.join(NUMBERS | COUNTS)}.")
        elif not value:
            self._params.pop(name, None)
        else:
            self._take(name, kind, value)

    def _take(self, name: str, kind: type[float | int], value: str) -> None:
        from stellarchat.services import parameters

        try:
            self._params |= parameters.check({name: kind(value)})
        except ValueError:
            print(f"{name} is a number.")
        except StellarChatError as error:
            print(error.message)


def _running(config: Path | None) -> str | None:
    """Return the address of the server that the settings tell of, if it answers."""
    url = address_of(common.load(config).settings)
    try:
        with urlopen(f"{url}/health/live", timeout=1) as answer:  # noqa: S310 (made from our settings)
            return url if answer.status == 200 else None
    except (URLError, OSError, ValueError):
        return None


def _read() -> str | None:
    """Return what the person writes; None at the end."""
    try:
        line = input(">>> ")
        if not line.startswith('"""'):
            return line
        lines = [line[3:]]
        while not lines[-1].rstrip().endswith('"""'):
            lines.append(input("... "))
    except EOFError:
        return None
    except KeyboardInterrupt:
        print()
        return ""
    return "\n".join(lines).rstrip().removesuffix('"""').strip()


def _remember() -> None:
    """Let the arrow keys bring back earlier lines, where the system can."""
    with contextlib.suppress(ImportError):
        import readline

        readline.set_history_length(500)


def _measured(reply: Any) -> None:
    """Say how fast it was, to people only."""
    if not sys.stdout.isatty():
        return
    timings, usage = reply.timings, reply.usage
    words = [f"{usage.completion_tokens} tokens"]
    if timings.tokens_per_second:
        words.append(f"{timings.tokens_per_second:.0f} tok/s")
    if timings.time_to_first_token_ms is not None:
        words.append(f"first token after {timings.time_to_first_token_ms / 1000:.2f} s")
    if reply.finish_reason == "length":
        words.append("cut off at max_tokens")
    print(_styled(DIM, " · ".join(words)))


def _style(code: str) -> None:
    if sys.stdout.isatty():
        print(code, end="")


def _styled(code: str, text: str) -> str:
    return f"{code}{text}{PLAIN}" if sys.stdout.isatty() else text
