"""The tests; folders mirror `src/lineagraph`."""
