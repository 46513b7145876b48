-- When a letter's words were let go of. Its row stays for the counts, its text and entities empty.
ALTER TABLE letters ADD COLUMN burned_at TEXT;

CREATE INDEX letters_with_words ON letters (sealed_at) WHERE burned_at IS NULL;
