-- A person waits for a confirmation mail or a word on what went wrong; a crowd of reminders doesn't.
CREATE INDEX deliveries_before_reminders ON deliveries (channel, next_at)
    WHERE state IN ('due', 'retry') AND kind <> 'reminder';
