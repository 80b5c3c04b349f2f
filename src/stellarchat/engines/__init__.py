"""How inference engines are launched and spoken to; one package each."""
