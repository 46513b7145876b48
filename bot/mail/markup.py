"""A person's words as HTML and as plain text, fit for a mail."""

import heapq
import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from markupsafe import Markup
from telegram import MessageEntity

from bot.mail.characters import encodable
from bot.text import Entity, Words

_MONOSPACE = "font-family:SFMono-Regular,Consolas,D2Coding,Menlo,monospace;font-size:0.88em"
_OPENING = {
    MessageEntity.BLOCKQUOTE: '<blockquote class="quote" style="margin:4px 0;'
    'padding:2px 0 2px 14px;border-left:3px solid #d8c7a6;color:#6b6154">',
    MessageEntity.BOLD: "<b>",
    MessageEntity.CODE: '<code class="code" style="padding:1px 4px;background:#f3ecdf;'
    f'border-radius:3px;{_MONOSPACE}">',
    MessageEntity.ITALIC: "<i>",
    MessageEntity.PRE: '<pre class="code" style="margin:4px 0;padding:10px 14px;'
    f'background:#f3ecdf;border-radius:4px;white-space:pre-wrap;{_MONOSPACE}">',
    # Dark on dark: covered at a glance, readable once selected, whatever a mail client strips.
    MessageEntity.SPOILER: '<span class="spoiler" style="padding:0 3px;border-radius:3px;'
    'background:#4a4339;color:#4a4339">',
    MessageEntity.STRIKETHROUGH: "<s>",
    MessageEntity.TEXT_LINK: '<a class="link" style="color:#8f4630;text-decoration:underline"'
    ' href="{url}">',
    MessageEntity.UNDERLINE: "<u>",
}
_CLOSING = {
    kind: f"</{opening[1:].partition(' ')[0].rstrip('>')}>" for kind, opening in _OPENING.items()
}
_BLOCKS = frozenset({MessageEntity.BLOCKQUOTE, MessageEntity.PRE})
_LINE_END = re.compile(r"\r\n?|\n")
_LINK = re.compile(r"(?:(?:https?|tg)://|mailto:)[^\s/]\S*", re.IGNORECASE)
_PAIR = re.compile("[\U00010000-\U0010ffff]")


def html(words: Words) -> Markup:
    """Return the words as HTML with inline styles, line ends as `<br>`.

    Links that lead anywhere but to http, https, mailto or tg become their text. Entities that
    reach out of the text or across each other are cut to fit; the text is always whole.
    """
    words = replace(words, text=encodable(words.text))
    marked_up = _marked_up(words.text, _nested(_fitting(words)))
    return Markup("".join(marked_up))  # noqa: S704  the text in it is escaped already


def plain(words: Words) -> str:
    """Return the text as it is, each text link's URL in parentheses behind the words it lies on."""
    text = words.text.encode("utf-16-le", "surrogatepass")
    parts, at = [], 0
    for link in sorted(_links(words), key=lambda link: (link.end, -link.offset)):
        covered = text[link.offset * 2 : link.end * 2].decode("utf-16-le", "surrogatepass")
        if not _same_address(covered, link.url or ""):
            address = f" ({link.url})".encode("utf-16-le", "surrogatepass")
            parts += [text[at * 2 : link.end * 2], address]
            at = link.end
    return b"".join((*parts, text[at * 2 :])).decode("utf-16-le", "surrogatepass")


def _links(words: Words) -> Iterable[Entity]:
    given = tuple(e for e in words.entities if e.type == MessageEntity.TEXT_LINK)
    return _fitting(Words(words.text, given))


def _same_address(text: str, url: str) -> bool:
    return _bare(text) == _bare(url)


def _bare(url: str) -> str:
    return re.sub(r"^(?:https?://|mailto:)", "", url.strip(), flags=re.IGNORECASE).rstrip("/")


def _fitting(words: Words) -> Iterable[Entity]:
    """Return the entities that a mail can show, each within the text and on whole characters."""
    encoded = words.text.encode("utf-16-le", "surrogatepass")
    amid = _amid_characters(words.text)
    for entity in words.entities:
        known = _known(entity, encoded)
        inside = known and known.within(0, len(encoded) // 2)
        if inside:
            start = inside.offset - (inside.offset in amid)
            end = inside.end + (inside.end in amid)
            yield replace(inside, offset=start, length=end - start, language=None)


def _known(entity: Entity, encoded: bytes) -> Entity | None:
    if entity.type == MessageEntity.EXPANDABLE_BLOCKQUOTE:
        return replace(entity, type=MessageEntity.BLOCKQUOTE)
    if entity.type == MessageEntity.URL:
        start, end = max(entity.offset, 0), max(entity.end, 0)
        covered = encoded[start * 2 : end * 2].decode("utf-16-le", "replace")
        url = covered if _LINK.fullmatch(covered) else f"http://{covered}"
        entity = replace(entity, type=MessageEntity.TEXT_LINK, url=url)
    if entity.type == MessageEntity.TEXT_LINK:
        return entity if _LINK.fullmatch(entity.url or "") else None
    return entity if entity.type in _OPENING else None


def _amid_characters(text: str) -> frozenset[int]:
    """Return the offsets that lie between the two halves of a surrogate pair."""
    return frozenset(at.start() + n for n, at in enumerate(_PAIR.finditer(text), start=1))


def _marked_up(text: str, nested: Iterable[Entity]) -> Iterable[str]:
    """Return the text, escaped, and the tags of entities nested in reading order, as they stand."""
    encoded = text.encode("utf-16-le")
    at, preformatted, behind_block = 0, False, False
    for offset, entity, opens in _tags(nested):
        if at < offset:
            stretch = encoded[at * 2 : offset * 2].decode("utf-16-le")
            yield _escaped_lines(stretch, preformatted=preformatted, behind_block=behind_block)
        yield _OPENING[entity.type].format(url=entity.url) if opens else _CLOSING[entity.type]
        if entity.type == MessageEntity.PRE:
            preformatted = opens
        at, behind_block = offset, not opens and entity.type in _BLOCKS
    rest = encoded[at * 2 :].decode("utf-16-le")
    yield _escaped_lines(rest, preformatted=preformatted, behind_block=behind_block)


def _escaped_lines(text: str, *, preformatted: bool, behind_block: bool) -> str:
    """Return a stretch of text as HTML; a block ends its line, so the line end behind it goes."""
    escaped = escape(text.removeprefix("\n") if behind_block else text)
    return escaped if preformatted else _LINE_END.sub("<br>", escaped)


def _tags(nested: Iterable[Entity]) -> Iterable[tuple[int, Entity, bool]]:
    """Return where each entity opens and closes, in order: the offset, and whether it opens."""
    around: list[Entity] = []
    for entity in nested:
        while around and around[-1].end <= entity.offset:
            ended = around.pop()
            yield ended.end, ended, False
        yield entity.offset, entity, True
        around.append(entity)
    for ended in reversed(around):
        yield ended.end, ended, False


def _nested(entities: Iterable[Entity]) -> Iterable[Entity]:
    """Return the entities as a tree in reading order, cut where one would reach across another.

    One inside another of its own type adds nothing, so it is left out: this bounds the depth.
    """
    waiting = [_place(entity) for entity in entities]
    heapq.heapify(waiting)
    around: list[Entity] = []
    while waiting:
        *_, entity = heapq.heappop(waiting)
        while around and around[-1].end <= entity.offset:
            around.pop()
        limit = around[-1].end if around else entity.end
        if rest := entity.within(limit, entity.end):
            heapq.heappush(waiting, _place(rest))
        inside = entity.within(entity.offset, limit)
        if inside and all(outer.type != inside.type for outer in around):
            around.append(inside)
            yield _escaped(inside)


def _place(entity: Entity) -> tuple[int, int, bool, str, str, Entity]:
    inline = entity.type not in _BLOCKS
    return entity.offset, -entity.length, inline, entity.type, entity.url or "", entity


def _escaped(entity: Entity) -> Entity:
    return replace(entity, url=escape(encodable(entity.url))) if entity.url else entity
