-- A confirmation mail that a cap keeps back waits as a held delivery and is let go in turn. Each time
-- one is asked for is a row: several may wait for the same mail, and an earlier mail's link lives on.
CREATE TABLE asked_confirmations (
    id INTEGER PRIMARY KEY,
    address_id INTEGER NOT NULL REFERENCES addresses ON DELETE CASCADE,
    delivery_id INTEGER REFERENCES deliveries ON DELETE SET NULL,  -- none: another's mail served it
    person_key TEXT NOT NULL DEFAULT '',   -- whose turn it is goes by this; a keyed hash
    counted INTEGER NOT NULL DEFAULT 1,    -- it counts towards its person's cap
    tries INTEGER NOT NULL DEFAULT 0,
    asked_at TEXT NOT NULL
) STRICT;
INSERT INTO asked_confirmations (address_id, delivery_id, tries, asked_at)
    SELECT address_id, delivery_id, tries, asked_at FROM confirmations;
DROP TABLE confirmations;
ALTER TABLE asked_confirmations RENAME TO confirmations;
CREATE INDEX confirmations_of_address ON confirmations (address_id);
CREATE INDEX confirmations_by_time ON confirmations (asked_at);
CREATE INDEX confirmations_by_delivery ON confirmations (delivery_id);
CREATE INDEX deliveries_waiting_in_turn ON deliveries (next_at)
    WHERE state = 'held' AND kind = 'confirmation';
CREATE INDEX deliveries_to_address ON deliveries (address_id) WHERE address_id IS NOT NULL;

-- Who asked, for the cap of a person, whether or not a mail went: keyed hashes, kept for a day.
CREATE TABLE confirmation_asks (
    id INTEGER PRIMARY KEY,
    person_key TEXT NOT NULL,
    asked_at TEXT NOT NULL
) STRICT;
CREATE INDEX confirmation_asks_by_person ON confirmation_asks (person_key, asked_at);
CREATE INDEX confirmation_asks_by_time ON confirmation_asks (asked_at);
INSERT INTO confirmation_asks (person_key, asked_at)
    SELECT person_key, asked_at FROM confirmation_mails WHERE person_key <> '';

-- Where mails went, for the caps of places; who isn't known yet has a share of each.
ALTER TABLE confirmation_mails RENAME COLUMN asked_at TO owed_at;
ALTER TABLE confirmation_mails ADD COLUMN trusted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX confirmation_mails_untrusted ON confirmation_mails (domain_key, owed_at)
    WHERE NOT trusted;
CREATE INDEX confirmation_mails_untrusted_by_time ON confirmation_mails (owed_at)
    WHERE NOT trusted;

-- Wrong codes, by the exact address they were typed for: keyed hashes, kept for a day.
CREATE TABLE confirmation_tries (
    id INTEGER PRIMARY KEY,
    exact_key TEXT NOT NULL,
    tried_at TEXT NOT NULL
) STRICT;
CREATE INDEX confirmation_tries_by_address ON confirmation_tries (exact_key, tried_at);
CREATE INDEX confirmation_tries_by_time ON confirmation_tries (tried_at);
