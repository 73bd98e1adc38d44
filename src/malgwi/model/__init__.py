"""Checkpoints of the family and the one network that is trained from them."""
