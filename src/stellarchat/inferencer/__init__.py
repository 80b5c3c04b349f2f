"""Models from Python: `LLMInferencer` and its asynchronous twin (docs/python.md)."""

from stellarchat.inferencer.asynchronous import AsyncLLMInferencer
from stellarchat.inferencer.blocking import LLMInferencer
from stellarchat.inferencer.replies import Progress, Reply, Stream

__all__ = ["AsyncLLMInferencer", "LLMInferencer", "Progress", "Reply", "Stream"]
