"""OpenAI's Responses API, over the same replies as everything else."""
