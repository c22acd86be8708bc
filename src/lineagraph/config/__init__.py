"""Settings: read once at the edge, and passed in."""
