"""Answers that belong to no chat: which model is meant, whether it can do it, and the whole reply."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stellarchat.core.errors import (
    AnswerCut,
    AnswerInvalid,
    BadRequest,
    Conflict,
    ModelNotFound,
    Reported,
    ShuttingDown,
)
from stellarchat.core.events import End, Failed, FinishReason, Text, Thinking, Timings, Usage
from stellarchat.core.instances import Instance
from stellarchat.core.launch import InstanceState, LaunchOptions
from stellarchat.core.messages import ToolUsePart
from stellarchat.core.models import OWN_PREFIX, Capability, ModelKind, Variant
from stellarchat.engines.base import Engine
from stellarchat.engines.openai.engine import OpenAIEndpoint
from stellarchat.services.answers.gateway import Gateway
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.generations import Generations
from stellarchat.services.answers.kinds import Kinds
from stellarchat.services.answers.structured import Invalid, Shape
from stellarchat.services.answers.turns import Turn
from stellarchat.services.catalog.catalog import Catalog
from stellarchat.services.instances.instances import Instances
from stellarchat.services.instances.targets import Target

TRIES = 2  # times a model is asked for an answer that follows a schema


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which model a request means: a running instance, or a model by name and perhaps its engine."""

    run_id: str | None = None
    engine_type: str | None = None
    model_name: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply. `run_id` is None where a remote endpoint gave it."""

    model: str
    run_id: str | None
    text: str
    thinking: str | None
    tool_calls: list[ToolUsePart]
    finish_reason: FinishReason
    usage: Usage
    timings: Timings


class Inference:
    """Asks models on behalf of the doors that keep nothing."""

    def __init__(
        self,
        generations: Generations,
        gateway: Gateway,
        catalog: Catalog,
        instances: Instances,
        engines: Mapping[str, Engine],
        kinds: Kinds,
    ) -> None:
        self._generations, self._gateway = generations, gateway
        self._catalog, self._instances, self._engines = catalog, instances, engines
        self._kinds = kinds

    async def model(self, user_id: str, wanted: Wanted, kind: ModelKind) -> str:
        """Return the name under which the gateway knows what is wanted; start it on the engine asked for.

        Raises BadRequest (also for a model of another kind), NotFound, ModelNotFound, Conflict where it
        runs on another engine, and what starting raises.
        """
        if wanted.run_id is not None:
            model = self._of_run(wanted.run_id, wanted)
            self._kinds.require(model, kind, "run_id")
            return model
        name, engine = wanted.model_name, wanted.engine_type
        if name is None:
            raise BadRequest(
                "No model was named.",
                param="model_name",
                remedy="Send run_id, or model_name and engine_type.",
                sentence="model_unnamed",
            )
        self._kinds.require(name, kind, "model_name")
        remote = self._gateway.endpoints.get(name) or await self._own(user_id, name)
        if engine is None:
            return name if remote is not None else self._known(name).id
        if engine not in self._engines:
            raise BadRequest(
                f"There is no engine {engine!r}.",
                param="engine_type",
                remedy=f"Use one of: {', '.join(sorted(self._engines))}.",
            )
        if remote is not None:
            if remote.engine != engine:
                raise _elsewhere(name, remote.engine)
            return name
        variant = self._known(name)
        running = self._instances.of(variant.id)
        if running is not None and running.state not in (InstanceState.STOPPED, InstanceState.FAILED):
            if running.engine != engine:
                raise _elsewhere(name, running.engine)
        elif variant.engines != (engine,):  # else a start on demand takes it anyway
            await self._instances.start(variant.id, LaunchOptions(engine=engine))
        return variant.id

    async def _own(self, user_id: str, name: str) -> Target | None:
        own = self._gateway.own
        return await own(user_id, name) if own is not None else None

    def _of_run(self, run_id: str, wanted: Wanted) -> str:
        """A run_id may come with names: they must be those of the instance."""
        instance = self._instances.instance(run_id)
        if wanted.engine_type is not None and wanted.engine_type != instance.engine:
            raise BadRequest(f"{run_id} runs on {instance.engine}.", param="engine_type")
        if wanted.model_name is not None and not self._means(wanted.model_name, instance):
            raise BadRequest(f"{run_id} runs {instance.model}.", param="model_name")
        if instance.state is InstanceState.STOPPED:
            raise Conflict(
                f"{run_id} was stopped.",
                param="run_id",
                remedy="Start the model again.",
                sentence="instance_stopped",
            )
        return instance.model

    def _means(self, name: str, instance: Instance) -> bool:
        return name == instance.model or self._known(name).id == instance.variant

    def _known(self, name: str) -> Variant:
        """Return the variant a name means. Raises ModelNotFound about the field of this surface."""
        try:
            return self._catalog.choose(name)
        except ModelNotFound as error:
            raise ModelNotFound(
                error.message,
                param="model_name",
                remedy=error.remedy,
                sentence=error.sentence,
                values=error.values,
            ) from None

    async def ask(
        self, user_id: str, model: str, messages: list[dict[str, Any]], params: Mapping[str, Any]
    ) -> Generation:
        """Begin a reply. Whoever asked follows it, and calls `leave` or `done_with`.

        Raises BadRequest (a wrong parameter, a model of another kind, an engine that cannot enforce a
        response format), ShuttingDown. What the engine says is the end of the reply.
        """
        self._kinds.require(model, ModelKind.CHAT)
        wanted = params.get("response_format")
        if isinstance(wanted, dict) and wanted.get("type") in ("json_schema", "json_object"):
            self.require_structured(model)
        return await self._generations.begin(
            Turn(user_id=user_id, model=model, messages=messages, params=dict(params))
        )

    def thinks(self, model: str) -> bool:
        """Whether a model is known to think before it answers, so that thinking can be turned off."""
        target = self._gateway.endpoints.get(model)
        if target is not None:
            return Capability.THINKING in target.capabilities
        try:
            return Capability.THINKING in self._catalog.resolve(model).capabilities
        except ModelNotFound:
            return False

    def require_structured(self, model: str, param: str = "response_format") -> None:
        """Raise BadRequest where the engine would not keep the answer to a schema."""
        target = self._gateway.endpoints.get(model)
        if target is not None:
            engine, dialect = target.engine, target.dialect
        elif model.startswith(OWN_PREFIX):  # whose it is, is asked where it is reached
            engine, dialect = OpenAIEndpoint.name, OpenAIEndpoint.dialect
        else:
            variant = self._catalog.resolve(model)
            running = self._instances.of(variant.id)
            engine = running.engine if running is not None else variant.engines[0]
            if engine not in self._engines:
                return  # starting it will say what is wrong
            dialect = self._engines[engine].dialect
        if not dialect.structured:
            raise BadRequest(
                f"The engine {engine} cannot keep an answer to a schema.",
                param=param,
                remedy="Run the model on an engine that can, as llamacpp, vllm or sglang.",
                sentence="engine_no_schema",
                values={"engine": engine},
            )

    def leave(self, generation: Generation) -> None:
        """Nobody reads this reply any more: let the engine go, and forget it."""
        self._generations.abandon(generation)
        self._generations.forget(generation)

    async def answer(self, generation: Generation) -> Answer:
        """Wait for a reply and return it. Raises the error it ended with; leaving calls it off."""
        try:
            await generation.finished()
        finally:
            self.leave(generation)
        last = ended(generation)
        if isinstance(last, Failed):
            raise Reported(last.error)
        return self.told(generation, last)

    def told(self, generation: Generation, end: End) -> Answer:
        """Return what a reply that is over has said."""
        thinking = "".join(event.text for event in generation.log if isinstance(event, Thinking))
        remote = generation.model in self._gateway.endpoints or generation.model.startswith(OWN_PREFIX)
        return Answer(
            model=generation.model,
            run_id=None if remote else generation.instance,
            text="".join(event.text for event in generation.log if isinstance(event, Text)),
            thinking=thinking or None,
            tool_calls=[part for part in generation.parts() if isinstance(part, ToolUsePart)],
            finish_reason=end.finish_reason,
            usage=end.usage,
            timings=end.timings,
        )

    async def structured(
        self,
        user_id: str,
        model: str,
        messages: list[dict[str, Any]],
        params: Mapping[str, Any],
        shape: Shape,
    ) -> tuple[Answer, Any]:
        """Return a reply and the object in it, which follows `shape`; a wrong one is asked for once more.

        Raises what `ask` and `answer` raise, AnswerCut, and AnswerInvalid after the second try.
        """
        self.require_structured(model, "schema")
        for left in reversed(range(TRIES)):
            generation = await self.ask(
                user_id, model, messages, {**params, "response_format": shape.response_format}
            )
            answer = await self.answer(generation)
            try:
                return answer, parsed(answer, shape)
            except AnswerInvalid:
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")


def ended(generation: Generation) -> End | Failed:
    """Return how a reply that is over has ended; one that the server's own end cut short has failed."""
    last = generation.log[-1]
    assert isinstance(last, End | Failed)
    if isinstance(last, End) and last.finish_reason is FinishReason.INTERRUPTED:
        error = ShuttingDown(
            "The server is stopping.",
            remedy="Try again in a moment.",
            retry_after=5,
            sentence="shutting_down",
        )
        return Failed(error.info(), generation.wrote, last.usage, last.timings)
    return last


def parsed(answer: Answer, shape: Shape) -> Any:
    """Return the object that an answer holds. Raises AnswerCut, and AnswerInvalid saying what is wrong."""
    try:
        return shape.read(answer.text)
    except Invalid as error:
        if answer.finish_reason is FinishReason.LENGTH:
            raise AnswerCut(
                f"The answer was cut off after {answer.usage.completion_tokens} tokens, before it was whole.",
                param="max_tokens",
                remedy="Raise max_tokens, or ask for less.",
                detail=answer.text[-500:],
                sentence="answer_cut_after",
                values={"count": answer.usage.completion_tokens},
            ) from None
        raise AnswerInvalid(
            f"The answer does not follow the schema: {error}",
            param="schema",
            remedy="Try again, or make the schema simpler.",
            detail=answer.text[:2000],
            sentence="answer_unlike",
            values={"said": str(error)},
        ) from None


def _elsewhere(name: str, engine: str) -> Conflict:
    return Conflict(
        f"{name} runs on {engine}.",
        param="engine_type",
        remedy=f"Name {engine}, or stop the instance first.",
    )
