"""What goes out unasked: a module for each kind of message; its words are in the catalogs."""
