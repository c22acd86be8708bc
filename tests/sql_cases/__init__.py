"""Golden cases: SQL with its expected lineage in a comment header, and their reader."""
