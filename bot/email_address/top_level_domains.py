"""Which top-level domains there are: IANA's list, in the file beside this one."""

from pathlib import Path

_DOCUMENTATION = "example"  # RFC 2606: no mail goes there; only manuals and tests write it
_PUNYCODE = "xn--"


def _listed() -> frozenset[str]:
    lines = Path(__file__).with_suffix(".txt").read_text("ascii").splitlines()
    return frozenset(line.lower() for line in lines if not line.startswith("#"))


_ASCII = _listed() | {_DOCUMENTATION}

IN_UNICODE = frozenset(
    each.removeprefix(_PUNYCODE).encode().decode("punycode")
    for each in _ASCII
    if each.startswith(_PUNYCODE)
)
"""Those that aren't ASCII, as people write them: 한국, 닷컴 ..."""

_KNOWN = _ASCII | IN_UNICODE


def top_level_domain(domain: str) -> str:
    """Return what stands behind the last dot of a domain."""
    return domain.rpartition(".")[2]


def has_known_ending(domain: str) -> bool:
    """Return whether there is a top-level domain such as this domain's, in Unicode or Punycode."""
    return top_level_domain(domain).casefold() in _KNOWN
