"""Facts + schemas → lineage: names, stars and unqualified columns made concrete against every known dataset."""
