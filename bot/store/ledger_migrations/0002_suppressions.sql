-- Mailboxes whose holders want no mail from here, or once did; keyed hashes only.
CREATE TABLE suppressions (
    mailbox_key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL UNIQUE,  -- the place of the last change of it in the order of all changes
    suppressed_at TEXT,           -- NULL: it isn't known when
    lifted_at TEXT                -- NULL: it is suppressed
) STRICT, WITHOUT ROWID;
