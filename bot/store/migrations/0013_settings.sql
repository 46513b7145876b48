-- What a person chose in /settings.
ALTER TABLE people ADD COLUMN chosen_language TEXT;  -- NULL: the one Telegram gives
ALTER TABLE people ADD COLUMN zone_chosen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN zone_offered INTEGER NOT NULL DEFAULT 0;  -- to choose it, unasked
ALTER TABLE people ADD COLUMN arrival_hour INTEGER;  -- 0 to 23; NULL: a letter's time of sealing
ALTER TABLE people ADD COLUMN default_address INTEGER REFERENCES addresses ON DELETE SET NULL;
CREATE INDEX people_by_default_address ON people (default_address) WHERE default_address IS NOT NULL;

-- The setting whose new value their next text is, and since when.
ALTER TABLE people ADD COLUMN asked TEXT;
ALTER TABLE people ADD COLUMN asked_at TEXT;
