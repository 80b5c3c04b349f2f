"""The end of a generation: what of it is stored, measured and told."""

from datetime import UTC, datetime

import msgspec

from stellarchat.core.errors import ErrorInfo
from stellarchat.core.events import End, Failed, FinishReason
from stellarchat.core.generations import GenerationStatus
from stellarchat.core.messages import MessageStatus
from stellarchat.services.answers.generation import Generation
from stellarchat.services.answers.meter import Measured, Meter
from stellarchat.services.answers.recorder import Recorder
from stellarchat.services.answers.shaped import judged
from stellarchat.services.answers.turns import provenance

_STATUS = {
    FinishReason.CANCELLED: MessageStatus.STOPPED,
    FinishReason.INTERRUPTED: MessageStatus.INTERRUPTED,
}
_RECORD = {
    MessageStatus.COMPLETE: GenerationStatus.COMPLETE,
    MessageStatus.STOPPED: GenerationStatus.STOPPED,
    MessageStatus.INTERRUPTED: GenerationStatus.INTERRUPTED,
    MessageStatus.ERROR: GenerationStatus.ERROR,
}


class Settling:
    """Ends generations."""

    def __init__(self, recorder: Recorder, meter: Meter) -> None:
        self._recorder, self._meter = recorder, meter

    async def settle(self, generation: Generation, reason: FinishReason, error: ErrorInfo | None) -> None:
        """Write the end into the store, then tell the readers."""
        usage, timings = generation.clock.total()
        if generation.calls is not None:
            generation.cut_calls()
        interrupted = generation.wrote or bool(generation.base)
        last: End | Failed
        if error is not None:
            last = Failed(error, interrupted, usage, timings)
            status = MessageStatus.INTERRUPTED if interrupted else MessageStatus.ERROR
        else:
            last = End(reason, usage, timings, generation.stop_sequence)
            status = _STATUS.get(reason, MessageStatus.COMPLETE)
        record = generation.record
        asked = record.params if record else {}
        if generation.message is not None:
            parts = generation.parts()
            message = generation.message = msgspec.structs.replace(
                generation.message,
                parts=parts,
                status=status,
                finish_reason=FinishReason.INTERRUPTED if error is not None else reason,
                usage=usage,
                timings=timings,
                error=error,
                metadata={
                    **generation.message.metadata,
                    **provenance(generation.engine, asked),
                    **({} if error else await judged(asked, parts)),
                },
                updated_at=datetime.now(UTC),
            )
            await self._recorder.finish(generation, message, _RECORD[status])
        generation.close(last)
        self._measure(generation, reason if error is None else error.code)

    def _measure(self, generation: Generation, outcome: str) -> None:
        clock = generation.clock
        usage, timings = clock.total()
        first = timings.time_to_first_token_ms
        measured = Measured(
            model=generation.model,
            lane="chat",
            outcome=outcome,
            seconds=clock.elapsed(),
            time_to_first_token=None if first is None else first / 1000,
            generation_seconds=None if timings.generation_ms is None else timings.generation_ms / 1000,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            user_id=generation.user_id,
        )
        self._meter.answered(measured)
