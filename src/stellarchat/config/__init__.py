"""Settings: where they come from, what they may be, and what to say when they are wrong.

Precedence: command line > environment (`STELLARCHAT_…`, then the names predecessors used) > `.env` >
`config.json` > defaults. Only `app` and `cli` import this room; every other is handed plain values.
"""

from stellarchat.config.loading import LEGACY, LOOPBACK, ConfigurationError, Loaded, load
from stellarchat.config.settings import Endpoint, Settings

__all__ = ["LEGACY", "LOOPBACK", "ConfigurationError", "Endpoint", "Loaded", "Settings", "load"]
