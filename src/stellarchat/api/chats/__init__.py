"""The door of the chat application: chats, messages, replies (docs/api.md, Chats)."""
