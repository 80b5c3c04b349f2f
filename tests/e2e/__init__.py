"""A person at the page: Chromium against a real server."""
