"""Language models of n-grams: estimated, read, written."""
