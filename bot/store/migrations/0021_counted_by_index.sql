-- What the operator's report counts of a day, it finds without walking what was kept for years.
CREATE INDEX deliveries_sent ON deliveries (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX deliveries_failed ON deliveries (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX letters_sealed ON letters (sealed_at);
