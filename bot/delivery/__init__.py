"""The posting side: takes what is due from the outbox and brings it out."""
