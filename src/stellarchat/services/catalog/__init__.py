"""Models there are: the list of them, where their weights come from, and fetching those."""
