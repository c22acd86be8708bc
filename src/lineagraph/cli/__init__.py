"""The command line: one module per group of commands, each a thin skin over the Python API."""
