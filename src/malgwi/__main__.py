"""`python -m malgwi` and `accelerate launch -m malgwi`: the command line."""

import sys

from malgwi.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
