-- A draft without words is dropped in silence after a day; of one from before this it isn't known.
ALTER TABLE drafts ADD COLUMN has_words INTEGER NOT NULL DEFAULT 1;
CREATE INDEX drafts_empty ON drafts (touched_at) WHERE has_words = 0;

ALTER TABLE people ADD COLUMN thanked_at TEXT;  -- when their thanks were last returned
