"""How the local mode's conversation looks: plain in a pipe, a little nicer in a terminal."""

import io
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.local.ansi import coloured, harmless, styled, width
from bot.local.mailserver import Mail
from bot.local.messages import BOT_ID, Button, Change, Changed, Message, Said
from bot.local.quotes import barred
from bot.locales import Catalog
from bot.text import Words

LONGEST_EXCERPT = 60  # characters
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
        """Return what stands in front of the line that `name` types."""
        return self._tint(f"{harmless(name)}> ", GREEN)

    def typed(self, name: str, line: str) -> None:
        """Show a line that a pipe gave, as if it had been typed."""
        self._speak(harmless(name), GREEN, [harmless(line)])

    def said(self, said: Said, *, to: str | None) -> None:
        """Show what the bot said; `to` names the person where it isn't the one speaking."""
        upload = said.upload
        file = [self._file(upload.name, len(upload.content))] if upload else []
        self._speak(self._bot(to), CYAN, file + self._message(said.message))

    def changed(self, changed: Changed, *, to: str | None) -> None:
        """Show what the bot did to a message; `to` as with `said`."""
        message, text = changed.message, self._excerpt(changed.message.text)
        shown: dict[Change, Callable[[], list[str]]] = {
            Change.EDITED: lambda: [self._note("local-edited"), *self._message(message)],
            Change.BUTTONS: lambda: self._other_buttons(message, text),
            Change.DELETED: lambda: [self._note("local-deleted", text=text)],
            Change.REACTED: lambda: [self._reaction(text, message.reactions.get(str(BOT_ID)))],
        }
        self._speak(self._bot(to), CYAN, shown[changed.how]())

    def arrival(self, mail: Mail) -> None:
        """Show that a mail has come: its recipient, subject and file, in one line."""
        fields = (mail.recipient, mail.subject, str(mail.path))
        line = " · ".join(" ".join(harmless(field).split()) for field in fields)
        self._speak(self._catalog.say("local-mail"), YELLOW, [line])

    def reaction(self, message: Message, emoji: str | None) -> None:
        """Show that the person reacted to a message, or took that back."""
        self._line(self._tint(self._reaction(self._excerpt(message.text), emoji), DIM))

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
        self._line(self._note(name, **values))

    def _bot(self, to: str | None) -> str:
        speaker = self._catalog.say("local-bot")
        if to is None:
            return speaker
        return self._catalog.say("local-bot-to", bot=speaker, name=harmless(to))

    def _message(self, message: Message) -> list[str]:
        """Return what stands in an app for a message, a part a line or more."""
        parts = [
            self._tint(f"↩ {self._excerpt(message.quoted)}", DIM) if message.replied_to else "",
            self._words(message.words),
            *self._buttons(message.buttons),
            self._tint(f"✏ {harmless(message.hint)}", DIM) if message.hint else "",
            self._note("local-silent") if message.silent else "",
        ]
        return [part for part in parts if part]

    def _other_buttons(self, message: Message, text: str) -> list[str]:
        name = "local-buttons-left" if message.buttons else "local-buttons-gone"
        return [self._note(name, text=text), *self._buttons(message.buttons)]

    def _reaction(self, text: str, emoji: str | None) -> str:
        if emoji is None:
            return self._catalog.say("local-unreacted", text=text)
        return self._catalog.say("local-reacted", emoji=emoji, text=text)

    def _note(self, name: str, /, **values: object) -> str:
        return self._tint(harmless(self._catalog.say(name, **values)), DIM)

    def _excerpt(self, text: str) -> str:
        """Return the beginning of a text, in one line."""
        first, *more = harmless(text).strip().split("\n")
        cut = first[:LONGEST_EXCERPT]
        return cut if cut == first and not more and cut else f"{cut}…"

    def _words(self, words: Words) -> str:
        seen = barred(Words(harmless(words.text), words.entities))
        return styled(seen) if self._colour else seen.text

    def _buttons(self, rows: Iterable[tuple[Button, ...]]) -> list[str]:
        return [
            " ".join(self._tint(f"[ {harmless(button.label)} ]", BLUE) for button in row)
            for row in rows
        ]

    def _file(self, name: str, size: int) -> str:
        return self._catalog.count("local-file", size, name=harmless(name))

    def _speak(self, speaker: str, colour: str, parts: list[str]) -> None:
        indent = " " * width(f"{speaker}> ")
        first, *more = "\n".join(parts).split("\n")
        lines = [self._tint(f"{speaker}> ", colour) + first]
        self._line("\n".join(lines + [indent + line if line else "" for line in more]))

    def _tint(self, text: str, code: str) -> str:
        return coloured(text, code) if self._colour else text

    def _line(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()
