"""Tests of lineagraph.lineage."""
