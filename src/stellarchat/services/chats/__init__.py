"""Conversations: their tree, titles, search, pictures and ways out of the house."""
