"""Logits to text: the best token, the best spelling, the best sentence of a grammar."""
