"""Starting, watching and stopping models, in the envelope of `/api/v1` (docs/api.md, Control)."""
