"""The embedded default: a Telegram and a mail server inside the process, and a terminal to them."""
