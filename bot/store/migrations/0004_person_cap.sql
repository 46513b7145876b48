-- Who asked for a confirmation mail, for the cap that an erasure must not lift; a keyed hash.
ALTER TABLE confirmation_mails ADD COLUMN person_key TEXT NOT NULL DEFAULT '';
CREATE INDEX confirmation_mails_by_person ON confirmation_mails (person_key, asked_at);
