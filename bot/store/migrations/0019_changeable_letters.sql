-- For a while after its sealing a letter can still be changed: its messages are kept one by one.
ALTER TABLE letters ADD COLUMN parts TEXT; -- JSON, as the vault keeps it; NULL once nothing can change
CREATE INDEX letters_changeable ON letters (sealed_at) WHERE parts IS NOT NULL;

-- Which letter a person's message is, or was, a part of.
CREATE TABLE letter_messages (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    letter_id INTEGER NOT NULL REFERENCES letters ON DELETE CASCADE,
    PRIMARY KEY (chat_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_messages_by_letter ON letter_messages (letter_id);
INSERT INTO letter_messages (chat_id, message_id, letter_id)
    SELECT chat_id, message_id, id FROM letters;

-- The words, or the address, that are asked for are those of a letter that can still be changed.
ALTER TABLE drafts ADD COLUMN changes INTEGER REFERENCES letters ON DELETE SET NULL;

-- When the mail goes, as its person was told: it goes by what they asked for themselves, and by
-- nothing that others did.
ALTER TABLE confirmations ADD COLUMN goes_at TEXT NOT NULL DEFAULT '';
UPDATE confirmations SET goes_at = asked_at;

-- When the person of an address that isn't confirmed is to be asked once whether mail should come there.
ALTER TABLE addresses ADD COLUMN nudge_at TEXT;
ALTER TABLE addresses ADD COLUMN nudged_at TEXT;
CREATE INDEX addresses_to_nudge ON addresses (nudge_at) WHERE nudge_at IS NOT NULL;
