"""What the figures were measured on."""

import os
import platform
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

_WRITES = 200
_PAGE = bytes(4096)


def facts() -> dict[str, object]:
    """Return the machine's facts, for JSON."""
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
        "fsync_ms": round(1000 * fsync_cost(), 3),
    }


def fsync_cost() -> float:
    """Return the median seconds of writing 4 KB and fsync, where the data folders land."""
    with (
        TemporaryDirectory(prefix="benchmark-") as folder,
        (Path(folder) / "file").open("wb", buffering=0) as file,
    ):
        return statistics.median(_write(file.fileno()) for _ in range(_WRITES))


def _write(descriptor: int) -> float:
    start = time.perf_counter()
    os.write(descriptor, _PAGE)
    os.fsync(descriptor)
    return time.perf_counter() - start
