-- What no copy of bot.db may undo. A number is never used again, so that what an older bot.db has
-- under it can't be taken for another's.

-- The keys that people's words are encrypted with. One that is destroyed leaves no row.
CREATE TABLE keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    wrapped_by INTEGER,          -- the name of what wraps it, read as hexadecimal; NULL: nothing does
    key BLOB NOT NULL
) STRICT;

-- The keys of LETTER_KEYS that wrap any, so that a start needn't look through all.
CREATE TABLE wrappings (
    name INTEGER PRIMARY KEY
) STRICT;

-- The keys that were destroyed, in order: what they encrypted is to be erased in any bot.db.
CREATE TABLE erased (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id INTEGER NOT NULL
) STRICT;

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
