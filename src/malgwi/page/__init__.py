"""One self-contained page to listen and look: its shell, and the examples of a data set."""
