"""The pipes between a test and a process."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipes:
    """The test's ends of a process's standard streams."""

    stdin: asyncio.WriteTransport
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> "AsyncIterator[tuple[Pipes, tuple[int, int, int]]]":
        """Return these, and the process's own ends, which this process holds until the block's end.

        Those are file descriptors: of its standard input, output and error.
        """
        (stdin, typed), (printed, stdout), (said, stderr) = os.pipe(), os.pipe(), os.pipe()
        try:
            pipes = cls(
                stdin=await _written(typed), stdout=await _read(printed), stderr=await _read(said)
            )
            yield pipes, (stdin, stdout, stderr)
        finally:
            for theirs in (stdin, stdout, stderr):
                os.close(theirs)


async def _written(fd: int) -> asyncio.WriteTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(fd, "wb", 0))
    return transport


async def _read(fd: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb", 0)
    )
    return reader
