"""Pure types and functions: no I/O, no framework. Every other room may import this one."""
