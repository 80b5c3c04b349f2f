"""SGLang, started from an environment of its own or attached to where it runs."""
