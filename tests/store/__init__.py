"""Tests of lineagraph.store."""
