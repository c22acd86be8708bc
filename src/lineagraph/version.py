"""The version of lineagraph, for whoever must not import more than that."""

__version__ = "0.1.0"
