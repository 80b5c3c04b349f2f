"""What people keep to ask with: prompts and personas."""
