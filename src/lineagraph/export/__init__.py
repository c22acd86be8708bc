"""The graph in forms that other tools read."""
