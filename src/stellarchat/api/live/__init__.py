"""The door of everything live: one WebSocket per page (docs/api.md, Frames)."""
