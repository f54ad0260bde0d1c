"""Starts, checks and stops a test cluster. `../cluster` is the command; nothing here needs more than Python itself."""
