"""Files → lineage, incrementally: find what changed, extract it, bind it, hand the difference to the store."""
