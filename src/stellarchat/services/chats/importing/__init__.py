"""Chats from elsewhere: reading export files of several programs into our own trees of messages."""
