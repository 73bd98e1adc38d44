"""Recordings that nobody wrote down: learning from them, choosing among them."""
