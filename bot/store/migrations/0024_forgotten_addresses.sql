-- What is left of an address that nobody needs any more: keyed hashes, for the cap of its person's
-- addresses and for what its mailbox's holder said of mail there.
CREATE TABLE forgotten_addresses (
    person_id INTEGER NOT NULL REFERENCES people,
    exact_key TEXT NOT NULL,
    mailbox_key TEXT NOT NULL,
    legacy_key TEXT NOT NULL,
    confirmed INTEGER NOT NULL,  -- its person had shown it to be theirs
    PRIMARY KEY (person_id, exact_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX forgotten_confirmed ON forgotten_addresses (mailbox_key) WHERE confirmed = 1;
CREATE INDEX forgotten_confirmed_by_legacy ON forgotten_addresses (legacy_key) WHERE confirmed = 1;

-- Until when an address was still needed, as far as was looked: ADDRESS_DAYS counts from there or from its
-- last use, and so long after it is looked at again.
ALTER TABLE addresses ADD COLUMN needed_until TEXT NOT NULL DEFAULT '';
CREATE INDEX addresses_to_forget ON addresses (max(used_at, needed_until));
