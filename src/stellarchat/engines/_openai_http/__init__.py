"""The streaming client that all OpenAI-compatible engines share: pooled HTTP, SSE, chunks to events."""
