"""The command line: one module a command over the Python function of the same name."""
