-- What a note has to tell is encrypted as everything else is: a mail server's words may quote a letter.
-- What was kept in clear is kept as the vault keeps what it has no key for, until keys are rotated.
ALTER TABLE deliveries ADD COLUMN params TEXT;  -- JSON, encrypted; NULL where there is nothing to tell

UPDATE deliveries SET params = '=' || facts WHERE facts <> '{}';

ALTER TABLE deliveries DROP COLUMN facts;
