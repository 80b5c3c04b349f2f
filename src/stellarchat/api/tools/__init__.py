"""Tool servers: what administrators do with them, and what people see of them."""
