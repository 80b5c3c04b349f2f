"""Tools of MCP servers: adding them, their connections, and the calls models make."""
