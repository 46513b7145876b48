"""A message's bytes: what a mail says, how it looks (`templates/`), and how it is put together."""
