"""Where tests find what they share, whichever folder they stand in."""

from pathlib import Path

import malgwi

TESTS = Path(__file__).parent
TOP = TESTS.parent
"""The checkout."""
GOLDEN = TESTS / "golden"
"""Cases that JUnit reads, too."""
SPEECH = TOP.parent / "shared" / "speech"
"""Recordings beside the checkout; tests that want them are skipped where they are absent."""
COMMANDS = Path(malgwi.__file__).parent / "data" / "commands"
"""The shipped speech."""
