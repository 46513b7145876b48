"""Texts built to hurt whatever reads them: repeats, nesting, and what regular expressions fear."""

from collections.abc import Callable, Iterator
from random import Random

from bot.text import MESSAGE_LIMIT, Entity, Words, utf16_length

FILLERS = (
    " ", "\t", "\n", " \n", "\u3000", "0", "1 ", "12-", "123 456 ", "a", "A", ".", "..", ". ", ",",
    "-", "_", "@", "a@", "@.", "a@b.", "a.", "%", "!", "<", ">", "<>", "><", "((", "))", "[](",
    '"', "'", "\\", "/", "//", "/start ", "&", "&amp;", "mailto:", "MAILTO: ", "http://",
    "http://a.b/ ", "xn--", "=?", "{}", "{0}", "%s", "\x00", "\x1b[", "\x7f", "\u0085", "\u2028",
    "가", "\u1100\u1161\u11a8", "\u3164", "\u2800", "\u200b", "\u200d", "\u202e", "\u2066",
    "\u05d0", "\u0661", "\u0301", "e\u0301\u0316", "a\u0315\u0300\u05ae", "\ufdfa", "\ufb2c",
    "\ufe0f", "\U000e0041", "\U000e0101", "🙂", "👨\u200d👩\u200d", "🏴\U000e0067",
    "\U0001d7ce", "\U0001d15e", "\ufffd", "\uffff", "gmail.com", "me@gmial.com ", "</b>", "<pre>",
    "ㅡ", "ㅀ", "뷁", "채ㅡ", ".com이에요", "me@naver.con,", "me@naver.com이나 ", ",kr", "👉",
)  # fmt: skip
SURROGATES = ("\ud83d", "\udc00", "\udc00\ud83d")
FRAMES = (
    "{}", "a{}", "{}a", "{}<", "mailto:{}a<", "<{}>", '"{}"', "a@{}", "{}@b.com", "a@{}.com",
    "a@b.com{}", "Name {}<a@b.com>", "{}{}", "a{}a{}a", "{}@{}", "123{}", "{}123456", "123{}456",
    "({}){}", "{} me@b.com이에요 {}", "me@naver.{}", "{}@naver.con",
)  # fmt: skip
KINDS = (
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote",
    "expandable_blockquote", "text_link", "url", "mention", "hashtag", "custom_emoji", "unknown",
)  # fmt: skip
MOST_ENTITIES = 100  # https://core.telegram.org/bots/api#messageentity

_LENGTHS = (1, 2, 64, 253, 254, 255, 319, 320, 321, 2047, 2048, 4000, 4001, MESSAGE_LIMIT)
Shape = Callable[[int, int, Random], tuple[int, int]]

_SHAPES: dict[str, Shape] = {
    "side by side": lambda n, size, _: (n * size // MOST_ENTITIES, max(size // MOST_ENTITIES, 1)),
    "nested": lambda n, size, _: (n, max(size - 2 * n, 1)),
    "across each other": lambda n, size, _: (n * size // (2 * MOST_ENTITIES), size // 2 + 1),
    "over the same": lambda n, size, _: (min(n, 0), size),
    "anywhere": lambda _, size, random: (
        random.randrange(size + 9),
        1 + random.randrange(size + 9),
    ),
}


def seeded(seed: str) -> Random:
    """Return what random texts are drawn by."""
    return Random(seed)  # noqa: S311  nothing secret is drawn


def killers() -> Iterator[Words]:
    """Return texts that are known to have hurt, or could."""
    yield words_of("mailto:" + " " * 4000 + "a<")
    for filler in (" ", "1", "1 ", ".", "@", "a@", "<", "\u0301", "\u200b"):
        yield words_of(filler * MESSAGE_LIMIT)
    text = _cut("가 a\n🙂" * 900)
    for shape in _SHAPES.values():
        yield Words(text, _entities(seeded("killers"), shape, utf16_length(text)))


def hostile_words(random: Random) -> Words:
    """Return a random text, of one message's length at most, perhaps with formatting over it."""
    text = hostile_text(random)
    size = max(utf16_length(text), 2)
    shape = random.choice((None, *_SHAPES.values()))
    return Words(text, () if shape is None else _entities(random, shape, size))


def hostile_text(random: Random) -> str:
    """Return a random text of one message's length at most."""
    frame, length = random.choice(FRAMES), random.choice(_LENGTHS)
    room = max(length - len(frame.replace("{}", "")), 1)
    parts = [_filled(random, room // frame.count("{}") + 1) for _ in range(frame.count("{}"))]
    for part in parts:
        frame = frame.replace("{}", part, 1) if "{}" not in part else frame
    return _cut(frame)


def words_of(text: str) -> Words:
    """Return a text as one message holds it."""
    return Words(_cut(text))


def _filled(random: Random, length: int) -> str:
    """Return a repeat of one filler, or of several in turn."""
    unit = "".join(random.choice(FILLERS) for _ in range(random.choice((1, 1, 1, 2, 5, 40))))
    return (unit * (length // len(unit) + 1))[:length]


def _entities(random: Random, shape: Shape, size: int) -> tuple[Entity, ...]:
    url = "https://example.com/" + random.choice(("", "'\"<>", "x" * 2000, "한" * 500, "%" * 900))
    spans = (shape(n, size, random) for n in range(MOST_ENTITIES))
    return tuple(
        Entity(
            type=kind,
            offset=offset,
            length=length,
            url=url if kind == "text_link" else None,
            language="x" * 64 if kind == "pre" else None,
        )
        for offset, length in spans
        for kind in (random.choice(KINDS),)
    )


def _cut(text: str) -> str:
    while utf16_length(text) > MESSAGE_LIMIT:
        text = text[: len(text) - (utf16_length(text) - MESSAGE_LIMIT + 1) // 2]
    return text
