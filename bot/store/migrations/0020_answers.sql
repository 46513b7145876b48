-- What people answered when a letter came back, the latest for each of its days, and their note.
CREATE TABLE answers (
    letter_id INTEGER NOT NULL REFERENCES letters ON DELETE CASCADE,
    day INTEGER NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people,
    answer TEXT,                 -- encrypted, as the note is; none where there is only a note
    note TEXT,                   -- JSON: the messages it is made of
    said_at TEXT NOT NULL,       -- when it was last answered
    PRIMARY KEY (letter_id, day)
) STRICT;
CREATE INDEX answers_of_person ON answers (person_id, said_at);

-- The bot's messages that brought a letter back, by which a reply to one finds its letter.
CREATE TABLE reminder_messages (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    letter_id INTEGER NOT NULL REFERENCES letters ON DELETE CASCADE,
    day INTEGER NOT NULL,
    PRIMARY KEY (chat_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_messages_of_letter ON reminder_messages (letter_id);
