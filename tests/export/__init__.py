"""Tests of lineagraph.export."""
