"""Text → facts: what one SQL file says, with names still symbolic. Pure: no I/O, no catalog, no settings."""
