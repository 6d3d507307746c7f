"""``python -m rtdreamer``."""

import sys

from rtdreamer.cli.main import main

sys.exit(main())
