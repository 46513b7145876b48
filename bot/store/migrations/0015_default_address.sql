-- The address that is asked for is the one to be offered first from now on.
ALTER TABLE drafts ADD COLUMN chooses INTEGER NOT NULL DEFAULT 0;
