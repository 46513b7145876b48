"""Exports everything that is kept about a person, as one JSON document.

Left out are the numbers by which rows refer to each other, the keys, the tokens that make each
delivery unique, and the keyed hashes, which say nothing that isn't there in words. Left out, too,
is what became of a confirmation mail: it would tell whether the mailbox's holder wants no mail, and
how much others sent there. When it was asked for stands with its address.
"""

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.answers import Line, lines_from_json
from bot.drafts import Part
from bot.messages.confirmation import Confirmation
from bot.store import (
    addresses,
    answers,
    changes,
    consent,
    drafts,
    forgotten_addresses,
    letters,
    occasions,
    outbox,
    people,
    postscripts,
    replies,
)
from bot.store.database import Session, to_text
from bot.store.letter_cells import words_of
from bot.store.vault import Vault
from bot.text import Words

_Object = dict[str, object]

_PERSON = (
    "id", "language", "chosen_language", "zone", "zone_chosen", "zone_offered", "arrival_hour",
    "asked", "asked_at", "met_at", "blocked_at", "thanked_at",
)  # fmt: skip
_ADDRESS = (
    "used_at", "confirmed_at", "refused_at", "refusals", "refused_day", "nudge_at", "nudged_at",
    "needed_until",
)  # fmt: skip
_DELIVERY = (
    "kind", "channel", "day", "state", "due_at", "next_at", "sent_at", "failed_at", "reason",
    "attempt", "lease_until", "failures", "doubts", "parts_sent", "unjudged",
)  # fmt: skip


async def export(session: Session, person_id: int, now: datetime) -> bytes | None:
    """Return the document, in UTF-8; None for a person of whom nothing is kept.

    Moments are UTC. What takes long with many letters is done in a thread, so that others are
    answered meanwhile. A session that is a transaction sees everything as of one moment.
    """
    person = await people.row_of(session, person_id)
    if person is None:
        return None
    deliveries = await _deliveries(session, person_id)
    document = {
        "exported_at": to_text(now),
        "person": await _person(session, person),
        "addresses": await _addresses(session, person_id),
        "addresses_forgotten": await _forgotten(session, person_id),
        "letters": await _letters(session, person_id, deliveries),
        "other_deliveries": deliveries[None],
        "draft": await _draft(session, person_id),
        "replies_owed": await replies.texts_owed(session, person_id),
    }
    return await asyncio.to_thread(_to_json, document)


async def _person(session: Session, row: sqlite3.Row) -> _Object:
    """Return what is kept of a person themselves, the address they chose by itself."""
    chosen = row["default_address"]
    default = await addresses.get(session, chosen, owner=row["id"]) if chosen else None
    return {**_fields(row, _PERSON), "default_address": default.address if default else None}


async def _addresses(session: Session, person_id: int) -> list[_Object]:
    rows = await addresses.rows_of(session, person_id)
    asked = defaultdict[int, list[_Object]](list)
    for each in await consent.rows_of(session, person_id):
        asked[each["address_id"]].append(_fields(each, ("asked_at", "goes_at", "counted", "tries")))
    return [
        {
            "address": _address(row["id"], row, session.vault),
            **_fields(row, _ADDRESS),
            "accepted_at": row["known_accepted_at"],
            "mail_stopped": bool(row["mail_stopped"]),
            "confirmations_asked": asked[row["id"]],
        }
        for row in rows
    ]


async def _forgotten(session: Session, person_id: int) -> list[_Object]:
    """Return all that is known of addresses that were forgotten."""
    rows = await forgotten_addresses.rows_of(session, person_id)
    return [{"confirmed": bool(row["confirmed"])} for row in rows]


async def _letters(
    session: Session, person_id: int, deliveries: Mapping[int | None, list[_Object]]
) -> list[_Object]:
    rows = await letters.rows_of(session, person_id)
    added = await _postscripts(session, person_id)
    said, brought_by = await _answers(session, person_id), defaultdict[int, list[_Object]](list)
    for each in await occasions.rows_of(session, person_id):
        brought_by[each["letter_id"]].append(_fields(each, ("message_id", "day")))
    opened = await asyncio.to_thread(lambda: [_letter(row, session.vault) for row in rows])
    return [
        {
            **letter,
            "postscripts": added[row["id"]],
            "deliveries": deliveries[row["id"]],
            "answers": said[row["id"]],
            "brought_by": brought_by[row["id"]],
        }
        for letter, row in zip(opened, rows, strict=True)
    ]


async def _answers(session: Session, person_id: int) -> Mapping[int, list[_Object]]:
    """Return what a person answered when their letters came back, by letter."""
    found = defaultdict[int, list[_Object]](list)
    for row in await answers.rows_of(session, person_id):
        said, note = (
            session.vault.decrypt_some(
                answers.cell_of(column, row["letter_id"], row["day"]), row[column]
            )
            for column in ("answer", "note")
        )
        found[row["letter_id"]].append(
            {
                "day": row["day"],
                "answer": said,
                "note": [_line(line) for line in lines_from_json(note)] if note else [],
                "said_at": row["said_at"],
            }
        )
    return found


def _line(line: Line) -> _Object:
    formatting = json.loads(line.words.entities_to_json())
    return {"message_id": line.message_id, "text": line.words.text, "formatting": formatting}


def _words(words: Words) -> _Object:
    return {"text": words.text, "formatting": json.loads(words.entities_to_json())}


def _address(address_id: int | None, row: sqlite3.Row, vault: Vault) -> str | None:
    if address_id is None:
        return None
    return vault.decrypt_some(addresses.cell_of(address_id, row["person_id"]), row["address"])


def _letter(row: sqlite3.Row, vault: Vault) -> _Object:
    return {
        **_words(words_of(row["id"], row, vault)),
        "address": _address(row["address_id"], row, vault),
        **_fields(row, ("message_id", "zone", "sealed_at", "under_way_until", "burned_at")),
        "message_ids": json.loads(row["message_ids"]),
        "messages": _parts(changes.parts_of(row, vault)) if row["parts"] else [],
    }


async def _postscripts(session: Session, person_id: int) -> Mapping[int, list[_Object]]:
    """Return a person's postscripts by the letter they are of."""
    found = defaultdict[int, list[_Object]](list)
    for row in await postscripts.rows_of(session, person_id):
        found[row["letter_id"]].append(
            {
                **_words(_postscript(row, session.vault)),
                **_fields(row, ("message_id", "added_at")),
            }
        )
    return found


def _postscript(row: sqlite3.Row, vault: Vault) -> Words:
    columns = ("letter_id", "message_id", "text", "entities")
    return postscripts.words_of(vault, *(row[column] for column in columns))


def _parts(parts: Sequence[Part]) -> list[_Object]:
    """Return the messages that a letter in the making, or one that can be changed, is made of."""
    return [
        {
            "message_id": part.message_id,
            "sent_at": to_text(part.sent_at),
            "text": part.words.text,
            "formatting": json.loads(part.words.entities_to_json()),
            "in_the_letter": not part.held,
        }
        for part in parts
    ]


async def _deliveries(session: Session, person_id: int) -> Mapping[int | None, list[_Object]]:
    """Return a person's deliveries by the letter they are of; None has those of no letter."""
    rows = await outbox.rows_of(session, person_id)
    found = defaultdict[int | None, list[_Object]](list)
    for row in rows:
        if row["kind"] == Confirmation.kind:
            continue
        found[row["letter_id"]].append(_delivery(row, session.vault))
    return found


def _delivery(row: sqlite3.Row, vault: Vault) -> _Object:
    return {
        **_fields(row, _DELIVERY),
        "address": _address(row["address_id"], row, vault),
        "params": outbox.params_of(row, vault),
    }


async def _draft(session: Session, person_id: int) -> _Object | None:
    draft = await drafts.draft_of(session, person_id)
    row = await drafts.row_of(session, person_id)
    if draft is None or row is None:
        return None
    return {
        "touched_at": row["touched_at"],
        "waits_for": draft.step.value,
        "put_aside": draft.resting,
        "begun": bool(draft.taken),
        "messages": _parts(draft.parts),
        "address_typed": draft.candidate,
        "address_suggested": draft.suggestion,
        "takes_the_place_of": _address(row["address_id"], row, session.vault),
        "for_letters_without_address": draft.adds,
        "to_be_offered_first": draft.chooses,
        "changes_a_sealed_letter": draft.changes is not None,
    }


def _to_json(document: Mapping[str, object]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    # A lone surrogate, which UTF-8 can't hold, becomes what JSON writes it as.
    return text.encode("utf-8", "backslashreplace")


def _fields(row: sqlite3.Row, names: Sequence[str]) -> _Object:
    return {name: row[name] for name in names}
