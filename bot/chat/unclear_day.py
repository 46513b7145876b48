"""Says why a text is no day where one was asked for; what may be a letter can become one."""

from bot.botapi.buttons import Button
from bot.chat import letter_question, prompts
from bot.chat.drafting import keep, part_of
from bot.chat.exchange import Exchange
from bot.chat.letter_question import Question
from bot.chat.reading import may_be_letter
from bot.dates import NoDay
from bot.drafts import Draft
from bot.store import drafts


async def say(exchange: Exchange, question: Question, problem: NoDay) -> None:
    """Say why the sender's text is no day, and wait on for one."""
    if not may_be_letter(exchange.message.text or ""):
        exchange.say(problem.flaw.value)
        return
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    draft = draft or Draft(person_id=exchange.person_id, resting=True)
    await keep(exchange, draft.holding(part_of(exchange.message)))
    await letter_question.ask(exchange, question)
    exchange.say(problem.flaw.value, *_as_words(exchange, draft))


def _as_words(exchange: Exchange, draft: Draft) -> list[Button]:
    """Return the buttons by which a text becomes a letter, or words of the one there is."""
    catalog, message_id = exchange.catalog, exchange.message.message_id
    as_part = prompts.TAKE_PART.button(catalog, message_id)
    if not draft.taken:
        return [prompts.AS_LETTER.button(catalog, message_id)]
    if not draft.resting:
        return [as_part]
    new = prompts.AS_LETTER.labelled(catalog.say("button-as-new-letter"), message_id)
    return [as_part, new]
