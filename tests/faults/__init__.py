"""What happens when something dies: the rows of docs/operations.md, on real processes."""
