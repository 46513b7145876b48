"""How the local mode's conversation looks: plain in a pipe, a little nicer in a terminal."""

import io
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.local.mailserver import Mail
from bot.local.messages import Answered, Button, Edited, Event, Message, Said
from bot.local.paint import coloured, harmless, painted
from bot.locales import Catalog
from bot.words import Words

DIM, GREEN, YELLOW, BLUE, MAGENTA, CYAN = "2", "32", "33", "34", "35", "36"


class View:
    """Writes what happens, each speaker in front of their words."""

    def __init__(self, *, out: TextIO, catalog: Catalog, zone: ZoneInfo, colour: bool) -> None:
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="replace")
        self._out = out
        self._catalog = catalog
        self._zone = zone
        self._colour = colour

    def banner(self, folder: Path, now: datetime) -> None:
        """Say what this is and what time it is."""
        self.note("local-banner", folder=folder)
        self.time(now)

    def prompt(self, name: str) -> str:
        """Give what stands in front of the line that `name` types."""
        return self._tint(f"{harmless(name)}> ", GREEN)

    def typed(self, name: str, line: str) -> None:
        """Show a line that a pipe gave, as if it had been typed."""
        self._speak(harmless(name), GREEN, [harmless(line)])

    def event(self, event: Event, *, to: str | None) -> None:
        """Show what the bot did; `to` names the person where it isn't the one speaking."""
        if isinstance(event, Said):
            self._bot("local-bot", to, self._message(event.message, event))
        elif isinstance(event, Edited):
            self._bot("local-bot-edited", to, self._edit(event))
        else:
            self._answer(event, to)

    def arrival(self, mail: Mail) -> None:
        """Show that a mail has come: its recipient, subject and file, in one line."""
        fields = (mail.recipient, mail.subject, str(mail.path))
        line = " · ".join(" ".join(harmless(field).split()) for field in fields)
        self._speak(self._catalog.say("local-mail"), YELLOW, [line])

    def mails(self, mails: Iterable[Mail]) -> None:
        """Show a list of mails, each with its number."""
        for mail in mails:
            self._line(f"{mail.number:>4}  {harmless(mail.recipient)} · {harmless(mail.subject)}")

    def mail(self, mail: Mail, text: str) -> None:
        """Show one mail as text."""
        self.arrival(mail)
        self._line(
            "\n".join(f"    {line}".rstrip() for line in harmless(text).split("\n")).rstrip()
        )

    def time(self, now: datetime) -> None:
        """Show what time it is."""
        when = self._catalog.date_and_time(now, self._zone)
        self._speak(self._catalog.say("local-time"), MAGENTA, [when])

    def note(self, name: str, /, **values: object) -> None:
        """Show a message of the terminal's own."""
        self._line(self._tint(harmless(self._catalog.say(name, **values)), DIM))

    def _message(self, message: Message, said: Said | None = None) -> list[str]:
        upload = said.upload if said else None
        file = self._file(upload.name, len(upload.content)) if upload else ""
        parts = (file, self._words(message.words), *self._buttons(message.buttons))
        return [part for part in parts if part]

    def _edit(self, event: Edited) -> list[str]:
        """Give what an edit made new; taking the buttons away shows nothing."""
        if event.before.words == event.message.words:
            return self._buttons(event.message.buttons)
        return self._message(event.message)

    def _answer(self, event: Answered, to: str | None) -> None:
        name = "local-bot-alert" if event.alert else "local-bot-note"
        self._bot(name, to, [harmless(event.text)])

    def _bot(self, name: str, to: str | None, parts: list[str]) -> None:
        speaker = self._catalog.say(name)
        if to is not None:
            speaker = self._catalog.say("local-bot-to", bot=speaker, name=harmless(to))
        if parts:
            self._speak(speaker, CYAN, parts)

    def _words(self, words: Words) -> str:
        seen = Words(harmless(words.text), words.entities)
        return painted(seen) if self._colour else seen.text

    def _buttons(self, rows: Iterable[tuple[Button, ...]]) -> list[str]:
        return [
            " ".join(self._tint(f"[ {harmless(button.label)} ]", BLUE) for button in row)
            for row in rows
        ]

    def _file(self, name: str, size: int) -> str:
        return self._catalog.count("local-file", size, name=harmless(name))

    def _speak(self, speaker: str, colour: str, parts: list[str]) -> None:
        indent = " " * _width(f"{speaker}> ")
        first, *more = "\n".join(parts).split("\n")
        lines = [self._tint(f"{speaker}> ", colour) + first]
        self._line("\n".join(lines + [indent + line if line else "" for line in more]))

    def _tint(self, text: str, code: str) -> str:
        return coloured(text, code) if self._colour else text

    def _line(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def _width(text: str) -> int:
    """Give the columns a terminal uses for the text."""
    return sum(2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1 for c in text)
