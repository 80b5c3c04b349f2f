"""StellarChat: start open language models on your own machine and talk to them.

```python
from stellarchat import LLMInferencer

with LLMInferencer(model_name="stellar-demo") as llm:
    print(llm.generate("Hello"))
```
"""

from typing import TYPE_CHECKING, Any

from stellarchat.core.version import __version__

if TYPE_CHECKING:
    from stellarchat.inferencer import AsyncLLMInferencer, LLMInferencer

__all__ = ["AsyncLLMInferencer", "LLMInferencer", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the Python API when it is first asked for: a command must not pay for it."""
    if name in ("AsyncLLMInferencer", "LLMInferencer"):
        from stellarchat import inferencer

        return getattr(inferencer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
