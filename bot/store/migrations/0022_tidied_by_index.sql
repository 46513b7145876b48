-- Until when a letter was still under way, as far as was looked: RETENTION_DAYS counts from there, and so
-- long after it the letter is looked at again. Never later than the end of its last reminder.
ALTER TABLE letters ADD COLUMN under_way_until TEXT NOT NULL DEFAULT '';
DROP INDEX letters_with_words;
CREATE INDEX letters_to_end ON letters (under_way_until) WHERE burned_at IS NULL;

CREATE INDEX updates_handled ON updates (received_at) WHERE handled = 1;
CREATE INDEX deliveries_held_confirmations ON deliveries (due_at)
    WHERE state = 'held' AND kind = 'confirmation';

-- What a deleted letter or address is looked for by.
CREATE INDEX drafts_replacing ON drafts (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX drafts_changing ON drafts (changes) WHERE changes IS NOT NULL;
