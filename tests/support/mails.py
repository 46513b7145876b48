"""What a person finds in a mail: its text, the digits to type, the links to tap."""

import re

from tests.support.smtp import Accepted

CONFIRM, STOP, LIFT, ANSWER = "c", "s", "l", "a"
"""What the links' payloads begin with."""


def text_of(mail: Accepted) -> str:
    """Return the mail's plain text with LF line ends."""
    part = mail.message.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: Accepted) -> str:
    """Return the mail's page."""
    part = mail.message.get_body(preferencelist=("html",))
    assert part is not None
    return str(part.get_content())


def code_in(mail: Accepted) -> str:
    """Return the six digits; a mail without them fails the test."""
    [code] = re.findall(r"^ {4}(\d{3} \d{3})$", text_of(mail), re.MULTILINE)
    return str(code).replace(" ", "")


def link_in(mail: Accepted, kind: str) -> str:
    """Return the deep link of that kind; a mail without one fails the test."""
    [link] = re.findall(rf"https://t\.me/\S+\?start={kind}[A-Za-z0-9_-]{{4,63}}", text_of(mail))
    return str(link)


def link_labelled(mail: Accepted, label: str) -> str:
    """Return the link that a mail's reader sees under that label."""
    [link] = re.findall(rf"^{label}: (\S+)$", text_of(mail), re.MULTILINE)
    return str(link)


def asks_how_it_goes(mail: Accepted) -> bool:
    """Return whether a mail brings a letter, with the answers as links."""
    return f"start={ANSWER}" in text_of(mail)


def is_confirmation(mail: Accepted) -> bool:
    """Return whether a mail asks for consent."""
    return bool(re.search(r"^ {4}\d{3} \d{3}$", text_of(mail), re.MULTILINE))


def is_last_mail(mail: Accepted) -> bool:
    """Return whether a mail says that its mailbox gets no more."""
    return f"start={LIFT}" in text_of(mail)
