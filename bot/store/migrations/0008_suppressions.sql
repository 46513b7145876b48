-- A suppression, once called a stop, can be lifted by the mailbox's holder. A row whose `mailbox_key`
-- is an address's `legacy_key` is from before each provider's own rules were known, and as wide.
ALTER TABLE stops RENAME TO suppressions;
ALTER TABLE suppressions RENAME COLUMN stopped_at TO suppressed_at;
ALTER TABLE suppressions ADD COLUMN notified_at TEXT;  -- when the mail that can lift it was owed
ALTER TABLE suppressions ADD COLUMN lifted_at TEXT;

-- An address has a key for each purpose. The new ones need the store's secret: an empty one is
-- filled in at the next opening (store/rekeying.py).
DROP INDEX addresses_by_mailbox;
ALTER TABLE addresses RENAME COLUMN mailbox_key TO legacy_key;
ALTER TABLE addresses ADD COLUMN mailbox_key TEXT NOT NULL DEFAULT '';
ALTER TABLE addresses ADD COLUMN wide_key TEXT NOT NULL DEFAULT '';
ALTER TABLE addresses ADD COLUMN domain_key TEXT NOT NULL DEFAULT '';
CREATE INDEX addresses_by_exact ON addresses (exact_key);
CREATE INDEX addresses_by_mailbox ON addresses (mailbox_key);
CREATE INDEX addresses_by_legacy ON addresses (legacy_key);
CREATE INDEX addresses_confirmed ON addresses (domain_key, person_id)
    WHERE confirmed_at IS NOT NULL;

DROP INDEX confirmation_mails_by_mailbox;
ALTER TABLE confirmation_mails RENAME COLUMN mailbox_key TO wide_key;
CREATE INDEX confirmation_mails_by_mailbox ON confirmation_mails (wide_key, asked_at);
