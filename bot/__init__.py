"""Slow Mailbox (느린우체통): brings a person's own words back to them, later."""

import os

# python-telegram-bot 22 gives spans of time as timedelta only where this is set before its use.
os.environ.setdefault("PTB_TIMEDELTA", "true")
