"""Malgwi Studio: a page over a project folder, from recordings to a recogniser and back."""
