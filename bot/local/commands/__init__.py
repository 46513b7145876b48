"""The terminal's commands; a line that begins with a colon is one."""

from collections.abc import Mapping

from bot.local.commands import chat, mail, program
from bot.local.session import Command

COMMANDS: Mapping[str, Command] = {**chat.COMMANDS, **mail.COMMANDS, **program.COMMANDS}
"""All of them by name."""
