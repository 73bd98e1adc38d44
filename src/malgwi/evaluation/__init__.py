"""How well a recogniser does, in figures and on a page."""
