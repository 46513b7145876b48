"""When bytes came to the machine, however late a busy machine lets this process read them."""

import socket
import struct
import sys
import time
from typing import Any

_SO_TIMESTAMPNS = 35
"""Linux's: the kernel notes of each piece it receives when that was (socket(7))."""
_STAMP = struct.Struct("qq")

_arrivals: dict[int, float] = {}


class StampingListener(socket.socket):
    """Listens on a free port; of each connection made to it `arrival` knows."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.bind((host, 0))

    def accept(self) -> tuple[socket.socket, Any]:
        """Return a connection and its address."""
        connection, address = super().accept()
        return _StampedConnection(fileno=connection.detach()), address


class _StampedConnection(socket.socket):
    def __init__(self, *, fileno: int) -> None:
        super().__init__(fileno=fileno)
        if sys.platform == "linux":
            self.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return what has come, and note when the last of it did."""
        data, about, _, _ = self.recvmsg(size, socket.CMSG_SPACE(_STAMP.size), flags)
        late = 0.0
        for _, kind, stamp in about:
            if kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _STAMP.unpack(stamp)
                late = time.time() - seconds - nanoseconds / 1e9
        _arrivals[self.fileno()] = time.monotonic() - late
        return data


def arrival(fileno: int) -> float:
    """Return when a connection received its last bytes, on the clock of asyncio's loops."""
    return _arrivals[fileno]
