"""Facts + schemas → lineage: names, stars and unqualified columns made concrete against every known dataset."""

BINDING_VERSION = 1
"""Raised when equal facts give another lineage than before: then everything is bound again."""
