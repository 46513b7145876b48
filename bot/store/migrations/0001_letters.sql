-- Moments are ISO 8601 text in UTC, with microseconds, so that text order is time order.
-- What people wrote and where they get mail is kept as store/vault.py says; a `..._key` is a keyed hash.

-- Everyone who ever spoke to the bot. The id is Telegram's, of the person and of their private chat.
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    language TEXT,               -- as Telegram gave it, an IETF tag
    zone TEXT NOT NULL,          -- IANA
    met_at TEXT NOT NULL,
    blocked_at TEXT              -- when Telegram last said that they had blocked the bot
) STRICT;

CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people,
    address TEXT NOT NULL,
    exact_key TEXT NOT NULL,
    mailbox_key TEXT NOT NULL,
    used_at TEXT NOT NULL,
    refused_at TEXT,             -- when a mail server last refused it for good
    UNIQUE (person_id, exact_key)
) STRICT;

CREATE TABLE letters (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people,
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, -- the message that brought the words
    update_id INTEGER NOT NULL,  -- the update that sealed it
    text TEXT NOT NULL,
    entities TEXT NOT NULL,      -- JSON
    address_id INTEGER NOT NULL REFERENCES addresses,
    zone TEXT NOT NULL,          -- the person's at sealing
    sealed_at TEXT NOT NULL,
    UNIQUE (chat_id, message_id)
) STRICT;
CREATE INDEX letters_of_person ON letters (person_id);
CREATE INDEX letters_to_address ON letters (address_id);

-- The outbox: whatever is mailed or brought to a chat unasked is a row here.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,    -- what makes a second row for the same thing impossible
    kind TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'chat')),
    person_id INTEGER NOT NULL REFERENCES people,
    letter_id INTEGER REFERENCES letters,
    address_id INTEGER REFERENCES addresses,  -- for mail that belongs to no letter
    day INTEGER,
    facts TEXT NOT NULL DEFAULT '{}',         -- JSON, what a message that is no reminder tells
    due_at TEXT NOT NULL,
    token TEXT NOT NULL,         -- the left side of the Message-ID, the same at each attempt
    state TEXT NOT NULL CHECK
        (state IN ('held', 'due', 'claimed', 'in_flight', 'retry', 'sent', 'failed')),
    next_at TEXT NOT NULL,       -- not to be tried before
    attempt INTEGER NOT NULL DEFAULT 0,    -- the fence: a settle must name the attempt it settles
    lease_until TEXT,
    failures INTEGER NOT NULL DEFAULT 0,   -- temporary ones, for the retry policy
    doubts INTEGER NOT NULL DEFAULT 0,     -- attempts that may have arrived, unconfirmed
    parts_sent INTEGER NOT NULL DEFAULT 0, -- messages of a long delivery that did arrive
    sent_at TEXT,
    failed_at TEXT,
    reason TEXT                  -- why it is waiting or failed: a code, never a server's own words
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (channel, next_at) WHERE state IN ('due', 'retry');
CREATE INDEX deliveries_retrying ON deliveries (channel, next_at) WHERE state = 'retry';
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state IN ('claimed', 'in_flight');
CREATE INDEX deliveries_of_letter ON deliveries (letter_id);

-- One letter in the making per person; it is the conversation's state.
CREATE TABLE drafts (
    person_id INTEGER PRIMARY KEY REFERENCES people,
    step TEXT NOT NULL CHECK (step IN ('words', 'address')),
    parts TEXT NOT NULL,         -- JSON: the messages that brought the words
    candidate TEXT,              -- an address typed, and not yet settled on
    suggestion TEXT,             -- what it was probably meant to be
    replaces INTEGER REFERENCES addresses, -- the address that the one asked for takes the place of
    touched_at TEXT NOT NULL,
    resting INTEGER NOT NULL DEFAULT 0     -- put aside after a day of silence
) STRICT;
CREATE INDEX drafts_idle ON drafts (touched_at) WHERE resting = 0;

-- Updates received from Telegram, so that none is lost or handled twice.
CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    payload TEXT,                -- JSON, until it is handled
    received_at TEXT NOT NULL,
    applied INTEGER NOT NULL DEFAULT 0,    -- its effect is in the store
    handled INTEGER NOT NULL DEFAULT 0     -- and its answer was given
) STRICT;
CREATE INDEX updates_unhandled ON updates (id) WHERE handled = 0;

-- Single facts that outlive a run, the bot's username say.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
