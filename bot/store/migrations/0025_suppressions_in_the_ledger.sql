-- The suppressions of ledger.db are known here up to this place in their order.
ALTER TABLE pairing ADD COLUMN suppressed_to INTEGER NOT NULL DEFAULT 0;
