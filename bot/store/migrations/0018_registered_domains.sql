-- An address's domain counts towards caps with all names under what its owner registered. The keys are
-- filled in at the next opening (store/rekeying.py).
UPDATE addresses SET mailbox_key = '';
