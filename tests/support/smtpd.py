"""A mail server on loopback that records what it takes and fails as its script says (RFC 5321)."""

import base64
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from tests.support.certificates import hash_of, server_certificate, server_context
from tests.support.faults import Fault, Script
from tests.support.loopback import HungUp, LoopbackServer, Wire
from tests.support.smtp import LARGEST_MESSAGE, Accepted, Extension, Phase, reply
from tests.support.smtp_auth import decoded, user_let_in
from tests.support.watched import Gate, Tally


class ScriptedSmtp(LoopbackServer):
    """The server.

    Where `credentials` (user: password) are given, AUTH is offered and required; with STARTTLS
    only once the session is encrypted. A certificate is loopback's own, or
    for the names given. `logins` are the mechanisms that were tried, in order.
    """

    def __init__(
        self,
        *,
        credentials: Mapping[str, str] | None = None,
        extensions: Collection[Extension] = tuple(Extension),
        implicit_tls: bool = False,
        certificate_names: tuple[str, ...] = (),
        mechanisms: Collection[str] = ("PLAIN", "LOGIN"),
    ) -> None:
        self.tls_context = server_context(*certificate_names)
        self.certificate_hash = hash_of(server_certificate(*certificate_names))
        super().__init__(tls=self.tls_context if implicit_tls else None)
        self.credentials = credentials
        self.extensions = extensions
        self.mechanisms = mechanisms
        self.logins: list[str] = []
        self.accepted: list[Accepted] = []
        self.commands: list[str] = []
        self.refusals: dict[str, Fault] = {}
        self.script = Script[Phase]()
        self._taken = Tally()

    def fault(self, phase: Phase, fault: Fault, times: int | None = None) -> None:
        """Let the next `times` sessions that come to `phase` fail so (None: all); faults queue."""
        if fault.accepts and phase is not Phase.FINAL_DOT:
            raise ValueError("only a whole message can be accepted first")
        self.script.fault(phase, fault, times)

    def refuse(self, recipient: str, code: int, enhanced: str = "") -> None:
        """Answer RCPT for this recipient so, until `heal`."""
        self.refusals[recipient] = reply(code, enhanced)

    def heal(self) -> None:
        """Forget all faults and refusals; gates stay."""
        self.script.heal()
        self.refusals.clear()

    def hold(self, phase: Phase) -> Gate:
        """Stop every session that comes to `phase` until the gate is released."""
        return self.script.hold(phase)

    async def wait_for_messages(self, number: int) -> None:
        """Return once so many messages have been accepted."""
        await self._taken.reach(number)

    async def converse(self, wire: Wire) -> None:
        """Serve one session."""
        await _Session(self, wire).run()

    def take(self, message: Accepted) -> int:
        """Accept the message; returns its place in `accepted`."""
        self.accepted.append(message)
        self._taken.add()
        return len(self.accepted) - 1


class _Session:
    """One connection's talk, command by command."""

    def __init__(self, server: ScriptedSmtp, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self._user: str | None = None
        self._envelope = _Envelope()
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }

    async def run(self) -> None:
        if not await self._fails(Phase.GREETING):
            await self._say("220 loopback ESMTP")
        while True:
            line = await self._line()
            self._server.commands.append(line)
            verb, _, argument = line.partition(" ")
            await self._commands.get(verb.upper(), self._unknown)(argument)

    async def _ehlo(self, _: str) -> None:
        if await self._fails(Phase.EHLO):
            return
        self._envelope = _Envelope()
        offered = ["loopback", "ENHANCEDSTATUSCODES", *self._lines()]
        await self._say(*(f"250-{line}" for line in offered[:-1]), f"250 {offered[-1]}")

    async def _helo(self, _: str) -> None:
        self._envelope = _Envelope()
        await self._say("250 loopback")

    async def _starttls(self, _: str) -> None:
        if Extension.STARTTLS not in self._offered():
            await self._say("503 5.5.1 not offered")
        elif not await self._fails(Phase.STARTTLS):
            await self._say("220 2.0.0 go ahead")
            await self._wire.start_tls(self._server.tls_context)
            self._user = None
            self._envelope = _Envelope()

    async def _auth(self, argument: str) -> None:
        if Extension.AUTH not in self._offered():
            await self._say("503 5.5.1 not offered")
        elif not await self._fails(Phase.AUTH):
            mechanism, _, initial = argument.partition(" ")
            self._server.logins.append(mechanism)
            if mechanism not in self._server.mechanisms:
                await self._say("504 5.5.4 mechanism unknown")
                return
            self._user = await user_let_in(
                mechanism,
                initial,
                self._server.credentials or {},
                self._ask,
                certificate=self._server.certificate_hash,
            )
            answer = "235 2.7.0 welcome" if self._user else "535 5.7.8 credentials invalid"
            await self._say(answer)

    async def _mail(self, argument: str) -> None:
        if self._server.credentials is not None and self._user is None:
            await self._say("530 5.7.0 authentication required")
        elif self._envelope.sender is not None:
            await self._say("503 5.5.1 nested MAIL")
        elif not await self._fails(Phase.MAIL):
            sender, options = _path(argument)
            if any(_size(option) > LARGEST_MESSAGE for option in options):
                await self._say("552 5.3.4 message too big")
                return
            self._envelope = _Envelope(sender=sender, options=options)
            await self._say("250 2.1.0 ok")

    async def _rcpt(self, argument: str) -> None:
        recipient, _ = _path(argument)
        if self._envelope.sender is None:
            await self._say("503 5.5.1 MAIL first")
        elif refusal := self._server.refusals.get(recipient):
            await refusal.act(self._wire)
        elif not await self._fails(Phase.RCPT):
            self._envelope.recipients.append(recipient)
            await self._say("250 2.1.5 ok")

    async def _data(self, _: str) -> None:
        if not self._envelope.recipients:
            await self._say("503 5.5.1 RCPT first")
        elif not await self._fails(Phase.DATA):
            await self._say("354 go on")
            await self._take(await self._content())
            self._envelope = _Envelope()

    async def _take(self, content: bytes) -> None:
        spoiled = await self._server.script.at(Phase.FINAL_DOT)
        if spoiled and not spoiled.accepts:
            await spoiled.act(self._wire)
            return
        message = self._message(content)
        place = self._server.take(message)
        if fault := await self._server.script.at(Phase.ACCEPTED) or spoiled:
            await fault.act(self._wire)
        elif self._wire.put(f"250 2.0.0 kept as {place + 1}\r\n".encode()):
            self._server.accepted[place] = replace(message, reply_sent=True)

    def _message(self, content: bytes) -> Accepted:
        return Accepted(
            sender=self._envelope.sender or "",
            recipients=tuple(self._envelope.recipients),
            content=content,
            options=self._envelope.options,
            tls=self._wire.tls,
            user=self._user,
        )

    async def _content(self) -> bytes:
        """Read up to the final dot, undoing the stuffing of dots (RFC 5321 4.5.2)."""
        lines: list[bytes] = []
        while (line := await self._wire.line()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    async def _rset(self, _: str) -> None:
        self._envelope = _Envelope()
        await self._say("250 2.0.0 ok")

    async def _noop(self, _: str) -> None:
        await self._say("250 2.0.0 ok")

    async def _quit(self, _: str) -> None:
        await self._say("221 2.0.0 bye")
        raise HungUp

    async def _unknown(self, _: str) -> None:
        await self._say("500 5.5.2 unknown command")

    def _offered(self) -> list[Extension]:
        tls, offered = self._wire.tls, self._server.extensions
        can_log_in = self._server.credentials is not None and (
            tls or Extension.STARTTLS not in offered
        )
        hidden = {Extension.STARTTLS: tls, Extension.AUTH: not can_log_in}
        return [extension for extension in offered if not hidden.get(extension)]

    def _lines(self) -> list[str]:
        auth = " ".join(("AUTH", *self._server.mechanisms))
        return [auth if each is Extension.AUTH else each.value for each in self._offered()]

    async def _ask(self, challenge: bytes) -> bytes:
        await self._say(f"334 {base64.b64encode(challenge).decode()}")
        return decoded(await self._line())

    async def _fails(self, phase: Phase) -> bool:
        """Come to the phase; tell whether a fault took the command's place."""
        fault = await self._server.script.at(phase)
        if fault is None:
            return False
        await fault.act(self._wire)
        return True

    async def _say(self, *lines: str) -> None:
        await self._wire.write("".join(f"{line}\r\n" for line in lines).encode())

    async def _line(self) -> str:
        return (await self._wire.line()).decode(errors="replace").rstrip("\r\n")


@dataclass(slots=True, kw_only=True)
class _Envelope:
    sender: str | None = None
    options: tuple[str, ...] = ()
    recipients: list[str] = field(default_factory=list)


def _path(argument: str) -> tuple[str, tuple[str, ...]]:
    """Return the address and the options of `FROM:<address> OPTION ...`."""
    found = re.fullmatch(r"(?:FROM|TO):\s*<(.*)>(.*)", argument, re.IGNORECASE)
    return (found[1], tuple(found[2].split())) if found else ("", ())


def _size(option: str) -> int:
    key, _, value = option.partition("=")
    return int(value) if key.upper() == "SIZE" else 0
