"""What the operator reads never has a word that people wrote, or a key to a door."""

import asyncio
import gc
import logging
import re
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO

import pytest

from bot import log

TOKEN, LETTER = "123456:AAbot-token", "a secret resolution of me@example.com"


@pytest.fixture
def told() -> StringIO:
    """Return what the operator reads, logging being set up as in the program."""
    stream = StringIO()
    with redirect_stderr(stream):
        log.set_up("DEBUG", [TOKEN])
    return stream


def raising(*, chained: bool = False) -> None:
    raise RuntimeError(LETTER, TOKEN) from KeyError(LETTER) if chained else None


def log_an_exception(logger: str) -> None:
    try:
        raising(chained=True)
    except RuntimeError:
        logging.getLogger(logger).exception("something went wrong")


def break_a_thread() -> None:
    thread = threading.Thread(target=raising)
    thread.start()
    thread.join()


def forget_a_task() -> None:
    async def fail() -> None:
        raising()

    async def forget() -> None:
        task = asyncio.create_task(fail())
        await asyncio.wait([task])

    asyncio.run(forget())
    gc.collect()


def fail_in_a_finaliser() -> None:
    class Fails:
        def __del__(self) -> None:
            raising()

    Fails()
    gc.collect()


def fail_in_a_callback() -> None:
    async def schedule() -> None:
        asyncio.get_running_loop().call_soon(raising)
        await asyncio.sleep(0)

    asyncio.run(schedule())


def break_down() -> None:
    try:
        raising(chained=True)
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)


@pytest.mark.parametrize(
    "accident",
    [break_a_thread, forget_a_task, fail_in_a_finaliser, fail_in_a_callback, break_down],
)
def test_an_exception_that_nobody_caught_is_told_by_its_type_and_place_alone(
    accident: Callable[[], None], told: StringIO
) -> None:
    accident()
    err = told.getvalue()
    assert re.fullmatch(r"time=\S+ level=(error|critical) logger=\S+ event=.*\n", err)
    assert "error=builtins.RuntimeError at=" in err
    assert re.search(r':\d+ raising"$', err)
    for secret in (TOKEN, LETTER, "resolution", "me@example.com", "Traceback"):
        assert secret not in err


@pytest.mark.parametrize("logger", ["bot.chat.outside", "telegram.ext", "apscheduler", "asyncio"])
def test_a_logged_exception_is_told_by_its_type_and_place_alone(
    logger: str, told: StringIO
) -> None:
    log_an_exception(logger)
    err = told.getvalue()
    assert 'event="something went wrong" error=builtins.RuntimeError at="' in err
    assert err.count("\n") == 1
    assert "resolution" not in err


def test_a_secret_is_blotted_out_wherever_it_stands(told: StringIO) -> None:
    logging.getLogger("bot.app").info(TOKEN, extra={"calling": f"https://api.example/bot{TOKEN}"})
    assert told.getvalue().endswith("event=*** calling=https://api.example/bot***\n")


def test_others_warnings_are_told_without_their_values(told: StringIO) -> None:
    logging.getLogger("telegram.ext").warning("could not send %s to %d", LETTER, 42)
    logging.getLogger("asyncio").error("never retrieved\nfuture: <Task exception=%r>", LETTER)
    err = told.getvalue()
    assert 'logger=telegram.ext event="could not send %s to %d"\n' in err
    assert err.endswith('logger=asyncio event="never retrieved"\n')


@pytest.mark.parametrize("logger", ["httpx", "httpcore", "telegram", "aiosqlite", "mail.log"])
def test_others_say_nothing_below_a_warning(logger: str, told: StringIO) -> None:
    logging.getLogger(logger).info(LETTER)
    logging.getLogger(logger).debug(LETTER)
    assert told.getvalue() == ""


def test_a_line_that_cannot_be_written_is_not_told_elsewhere_with_its_values(
    told: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("bot.app").info("%d", LETTER)
    told.close()
    logging.getLogger("bot.app").info("letter %s", LETTER)
    assert "resolution" not in capfd.readouterr().err
