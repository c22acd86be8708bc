"""Questions to the graph: trace, impact, show, search. They read the project database and load no SQL parser."""
