"""Work on the machines of a Ray cluster, with the same functions and files as on one."""
