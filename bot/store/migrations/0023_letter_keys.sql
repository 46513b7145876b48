-- Every letter has its own key, every person one for all else; they lie in ledger.db.
ALTER TABLE letters ADD COLUMN key_id INTEGER;  -- NULL once its words are erased
CREATE INDEX letters_by_key ON letters (key_id) WHERE key_id IS NOT NULL;

CREATE TABLE person_keys (
    person_id INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    key_id INTEGER NOT NULL UNIQUE
) STRICT;

-- Keys whose rows are erased here, and that are destroyed in ledger.db as soon as that is committed.
CREATE TABLE doomed_keys (
    key_id INTEGER PRIMARY KEY
) STRICT;

-- Which ledger.db this file belongs to; a single row.
CREATE TABLE pairing (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL,
    erased_to INTEGER NOT NULL DEFAULT 0,  -- the last of the ledger's erasures that was made here
    outdated INTEGER NOT NULL DEFAULT 0    -- some values may be kept as versions before this one did
) STRICT;
