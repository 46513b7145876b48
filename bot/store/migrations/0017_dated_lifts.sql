-- A last mail's link lifts what was stopped before that mail went out, and no later stop. Of what was
-- stopped until now, and of what is taken over from the list, any link lifts it: those of earlier
-- versions don't say when they were made.
ALTER TABLE suppressions ADD COLUMN undated INTEGER NOT NULL DEFAULT 0;
UPDATE suppressions SET undated = 1;
