"""What the house keeps: one SQLite file, and a module for each kind of record in it."""
