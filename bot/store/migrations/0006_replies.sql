-- What the bot has to say in answer to somebody, committed with what it tells of. A row goes once
-- Telegram has taken the message. No reference to a person: the last one tells that they are erased.
CREATE TABLE replies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in this order to each chat
    chat_id INTEGER NOT NULL,
    payload TEXT NOT NULL,       -- JSON, as the vault keeps it
    in_flight INTEGER NOT NULL DEFAULT 0,
    doubts INTEGER NOT NULL DEFAULT 0      -- attempts that may have arrived, unconfirmed
) STRICT;
CREATE INDEX replies_of_chat ON replies (chat_id);

-- For how long Telegram asked to send nothing more to a chat; 0 stands for all of them.
CREATE TABLE holds (
    chat_id INTEGER PRIMARY KEY,
    until TEXT NOT NULL
) STRICT;

-- An update's answer is a reply now, so that what took effect is handled.
UPDATE updates SET handled = 1, payload = NULL WHERE applied = 1;
ALTER TABLE updates DROP COLUMN applied;
-- Set before an update that an earlier run left open is handled: found set, it ended that run too.
ALTER TABLE updates ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
