"""A message's bytes: what a mail says, how it looks, and how it is put together."""
