"""The bundle, what a phone gets: written, read as hostile input, run, proven."""
