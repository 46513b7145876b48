from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.local.browser import browser


@pytest.mark.parametrize(
    ("platform", "environ", "has_windows"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
    ],
)
def test_a_browser_is_opened_only_where_it_has_a_window(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    platform: str,
    environ: Mapping[str, str],
    *,
    has_windows: bool,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    browse = browser()
    assert (browse is not None) is has_windows
    if browse is not None:
        browse(tmp_path / "a page.html")
        assert opened == [f"{tmp_path.as_uri()}/a%20page.html"]
