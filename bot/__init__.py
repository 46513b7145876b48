"""Slow Mailbox (느린우체통): brings a person's own words back to them, later."""
