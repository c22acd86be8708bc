"""Other lineage tools in an environment of their own, asked through one worker process each."""
