"""`python -m bot`."""

import gc
import sys

# What is loaded stays: to look for what of it could be let go of takes a seventh of the time of
# loading it, and later, each time, longer than anybody's answer should wait.
gc.disable()

from bot.cli import main  # noqa: E402

gc.freeze()
gc.enable()

sys.exit(main())
