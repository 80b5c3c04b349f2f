"""Hugging Face's continuous batching: many sequences through the model in one pass.

The manager runs in a thread of its own. Sequences are added and cancelled from the event loop, and their
tokens come back to it.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from transformers import ContinuousBatchingConfig, GenerationConfig

from stellarchat.engines.transformers.sampling import Row, Sampler

PAGE = 32  # tokens of one page of keys and values; whole pages are shared by prompts that begin alike


class Batch:
    """The sequences being written. `context` tokens are kept for each of `slots`.

    `group` of a sequence is the request it belongs to.
    """

    def __init__(
        self, model: Any, *, slots: int, context: int, width: int, ends: Sequence[int], pad: int
    ) -> None:
        pages = -(-context // PAGE)
        config = ContinuousBatchingConfig(
            page_size=PAGE,
            num_blocks=pages * slots,
            max_batch_tokens=max(width, slots),
            max_requests_per_batch=slots,
            max_memory_percent=1.0,  # what fits was decided before the launch
            safety_margin=0.0,  # there are pages for every slot, so nothing needs to be kept back
            use_cuda_graph=False,
            use_async_batching=False,  # tokens are drawn between two passes
            auto_switch_to_flash=False,  # decided when the model was loaded
        )
        self.slots, self.ends = slots, list(ends)
        self.sampler = Sampler()
        generation = GenerationConfig(do_sample=False, eos_token_id=self.ends or None, pad_token_id=pad)
        self._manager: Any = model.init_continuous_batching(
            generation_config=generation, continuous_batching_config=config
        )
        self._manager.logit_processor = self.sampler
        self._ids = map(str, itertools.count())
        self._groups: dict[str, object] = {}
        self.prompt_tokens = self.written_tokens = 0

    def start(self) -> None:
        """Start the thread that writes."""
        self._manager.start()

    def add(
        self,
        prompt: list[int],
        row: Row,
        most: int,
        deliver: Callable[["Progress"], None],
        group: object,
    ) -> str:
        """Begin a sequence of at most `most` new tokens; return its id.

        `deliver` is called in the event loop, with what is new each time.
        """
        name = next(self._ids)
        seen = 0

        def hear(output: Any) -> None:
            nonlocal seen
            tokens = output.generated_tokens[seen:]
            seen += len(tokens)
            self.written_tokens += len(tokens)
            done = output.is_finished()
            if done:
                self._forget(name)
            deliver(Progress(tokens, done, output.error))

        self.sampler.rows[name] = row
        self._groups[name] = group
        self.prompt_tokens += len(prompt)
        self._manager.register_result_handler(name, hear)
        added = self._manager.add_request(
            prompt, request_id=name, max_new_tokens=most, streaming=True, eos_token_id=self.ends or -1
        )
        if added is None:
            self._unhear(name)
            raise RuntimeError(f"The model does not run any more: {self.failure()}")
        return name

    def cancel(self, name: str) -> None:
        """End a sequence before its end. It leaves the batch before the next pass."""
        if name in self._groups:
            self._manager.cancel_request(name)
            self._unhear(name)

    def busy(self) -> int:
        """How many requests the model works for or is to work for."""
        return len({id(group) for name, group in list(self._groups.items()) if self._held(name)})

    def waiting(self) -> int:
        """How many sequences wait for a place."""
        scheduler = self._scheduler()
        return int(self._manager.input_queue.qsize()) + (len(scheduler.waiting_requests) if scheduler else 0)

    def running(self) -> int:
        """How many sequences are in the batch."""
        scheduler = self._scheduler()
        return len(scheduler.active_requests) if scheduler else 0

    def used(self) -> float:
        """The share of keys and values in use, 0 to 1."""
        scheduler = self._scheduler()
        return 1.0 - float(scheduler.cache.compute_free_capacity()) if scheduler else 0.0

    def failure(self) -> str | None:
        """Why the thread has ended, or None while it runs."""
        if self._manager.is_running():
            return None
        error = self._manager.background_thread_status.fatal_error
        return f"{type(error).__name__}: {error}" if error else "it was stopped"

    def sweep(self) -> None:
        """Forget cancelled sequences that have left, and what was still said for them."""
        for name in list(self._groups):
            self._held(name)
        while not self._manager.output_router.output_queue.empty():
            self._manager.get_result(timeout=0)

    def _held(self, name: str) -> bool:
        """Whether a sequence is somewhere in the manager."""
        if name in self.sampler.rows:
            return True
        # cancelled: it stays until the thread has taken note
        scheduler = self._scheduler()
        held = (
            not self._manager.cancel_queue.empty()
            or not self._manager.input_queue.empty()
            or (scheduler and (name in scheduler.active_requests or name in scheduler.waiting_requests))
        )
        if not held:
            self._groups.pop(name, None)
        return bool(held)

    def _scheduler(self) -> Any:
        processor = self._manager.batch_processor
        return processor.scheduler if processor is not None else None

    def _unhear(self, name: str) -> None:
        """Stop hearing of a sequence; the manager itself does so only at its end."""
        router = self._manager.output_router
        with router._lock:
            router.result_handlers.pop(name, None)
        self.sampler.rows.pop(name, None)

    def _forget(self, name: str) -> None:
        self.sampler.rows.pop(name, None)
        self._groups.pop(name, None)


class Progress(msgspec.Struct, frozen=True):
    """New tokens of a sequence, whether it has come to its end, and what went wrong."""

    tokens: list[int]
    done: bool
    error: str | None = None
