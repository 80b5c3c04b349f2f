"""Simple conversations: a line in, a line out, and which model answers."""
