-- An address that took mail before is believed dead only when it is refused on different days.
ALTER TABLE addresses ADD COLUMN accepted_at TEXT;    -- when a mail server last took mail for it
ALTER TABLE addresses ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;  -- days of refusal since
ALTER TABLE addresses ADD COLUMN refused_day TEXT;    -- the last of them, in UTC

UPDATE addresses SET accepted_at = mails.accepted_at FROM (
    SELECT coalesce(d.address_id, l.address_id) AS id, max(d.sent_at) AS accepted_at
    FROM deliveries d LEFT JOIN letters l ON l.id = d.letter_id
    WHERE d.channel = 'email' AND d.state = 'sent' GROUP BY 1
) AS mails WHERE mails.id = addresses.id;
-- Who confirmed an address has read a mail that went there.
UPDATE addresses SET accepted_at = confirmed_at WHERE accepted_at IS NULL;

-- Refusals in a row of which nobody could tell yet whose fault they are.
ALTER TABLE deliveries ADD COLUMN unjudged INTEGER NOT NULL DEFAULT 0;
