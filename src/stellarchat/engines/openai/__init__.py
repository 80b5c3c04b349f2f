"""Remote servers that speak the OpenAI API."""
