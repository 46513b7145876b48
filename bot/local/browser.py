"""A browser to show pages in, where the terminal is on a screen that can show one."""

import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path


def browser() -> Callable[[Path], bool] | None:
    """Return what opens a page in a browser's window; None where there is no window to open.

    Without one, `webbrowser` may start a browser that takes the terminal itself.
    """
    has_windows = sys.platform == "darwin" or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}
    return _open if has_windows else None


def _open(page: Path) -> bool:
    return webbrowser.open(page.resolve().as_uri())
