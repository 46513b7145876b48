-- Confirmations that are under way: one per address. The code and the link are derived from the
-- delivery's token and never kept.
CREATE TABLE confirmations (
    address_id INTEGER PRIMARY KEY REFERENCES addresses ON DELETE CASCADE,
    delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    tries INTEGER NOT NULL DEFAULT 0,
    asked_at TEXT NOT NULL
) STRICT;

-- Confirmation mails by mailbox and domain, for the caps; keyed hashes only.
CREATE TABLE confirmation_mails (
    id INTEGER PRIMARY KEY,
    mailbox_key TEXT NOT NULL,
    domain_key TEXT NOT NULL,
    asked_at TEXT NOT NULL
) STRICT;
CREATE INDEX confirmation_mails_by_mailbox ON confirmation_mails (mailbox_key, asked_at);
CREATE INDEX confirmation_mails_by_domain ON confirmation_mails (domain_key, asked_at);
CREATE INDEX confirmation_mails_by_time ON confirmation_mails (asked_at);

-- Mailboxes whose holders want no mail from here, ever; keyed hashes only.
CREATE TABLE stops (
    mailbox_key TEXT PRIMARY KEY,
    stopped_at TEXT NOT NULL
) STRICT;

CREATE INDEX deliveries_of_person ON deliveries (person_id);
CREATE INDEX addresses_by_mailbox ON addresses (mailbox_key);

ALTER TABLE addresses ADD COLUMN confirmed_at TEXT;
