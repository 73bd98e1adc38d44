"""How to get a part of Malgwi that isn't installed.

Malgwi is on no package index: a name that can't be had there must not be told to anybody, since
whoever registers it there gets those installs.
"""


def install(extra: str) -> str:
    """Return what to do to get one of the extras of pyproject.toml."""
    return f"in the checkout of Malgwi, type: pip install -e '.[{extra}]'"
