"""The page in a browser; a package, so that the browser closes after it (conftest.py)."""
