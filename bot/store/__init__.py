"""What is kept: one SQLite file, and a module for each kind of record in it."""
