"""Remote servers: those of the settings, those added while the server runs, and users' own."""
