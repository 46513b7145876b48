-- Places in a chat that one message of the bot's keeps. A row goes when what it shows is settled.
CREATE TABLE slots (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    message_id INTEGER,          -- the newest that stands there; NULL until one has arrived
    covered INTEGER NOT NULL DEFAULT 0,    -- something else was said below it
    UNIQUE (chat_id, name)
) STRICT;

ALTER TABLE replies ADD COLUMN slot INTEGER REFERENCES slots ON DELETE CASCADE;
CREATE INDEX replies_to_slot ON replies (slot) WHERE slot IS NOT NULL;
