"""Files that people attach: keeping them, reading them, and what of them a model is told."""
