-- A letter may go to no address, and comes in the chat alone. SQLite can't take a NOT NULL away, so the
-- table is made anew (https://www.sqlite.org/lang_altertable.html#otheralter).
CREATE TABLE new_letters (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people,
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, -- the first message that brought the words
    update_id INTEGER NOT NULL,  -- the update that sealed it
    text TEXT NOT NULL,
    entities TEXT NOT NULL,      -- JSON
    address_id INTEGER REFERENCES addresses,  -- NULL: for the chat alone
    zone TEXT NOT NULL,          -- the person's at sealing
    sealed_at TEXT NOT NULL,
    burned_at TEXT,              -- when its words were let go of
    UNIQUE (chat_id, message_id)
) STRICT;
INSERT INTO new_letters (id, person_id, chat_id, message_id, update_id, text, entities, address_id,
        zone, sealed_at, burned_at)
    SELECT id, person_id, chat_id, message_id, update_id, text, entities, address_id,
        zone, sealed_at, burned_at FROM letters;
DROP TABLE letters;
ALTER TABLE new_letters RENAME TO letters;
CREATE INDEX letters_of_person ON letters (person_id);
CREATE INDEX letters_to_address ON letters (address_id);
CREATE INDEX letters_with_words ON letters (sealed_at) WHERE burned_at IS NULL;

-- The address that is asked for is for the letters that were sealed without one.
ALTER TABLE drafts ADD COLUMN adds INTEGER NOT NULL DEFAULT 0;
