"""How things go: what was measured of requests, engines and the machine, and what models really do."""
