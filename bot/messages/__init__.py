"""What goes out unasked: a module for each kind of message, with all that is its own."""
