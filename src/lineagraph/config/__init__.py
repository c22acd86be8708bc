"""Settings, read once at the edge (command line, service, ingestion) and passed in from there."""
