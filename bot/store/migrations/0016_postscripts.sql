-- What people add to a sealed letter: it stands below its words, dated, and comes along with them.
CREATE TABLE postscripts (
    id INTEGER PRIMARY KEY,
    letter_id INTEGER NOT NULL REFERENCES letters ON DELETE CASCADE,
    message_id INTEGER NOT NULL, -- the person's message that brought it
    text TEXT NOT NULL,          -- as the vault keeps it
    entities TEXT NOT NULL,      -- JSON, as the vault keeps it
    added_at TEXT NOT NULL,
    UNIQUE (letter_id, message_id)
) STRICT;

CREATE INDEX letters_kept ON letters (person_id) WHERE burned_at IS NULL;
