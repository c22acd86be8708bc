"""Where the graph lives: the project database, its writer and its readers."""
