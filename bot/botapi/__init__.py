"""What both sides need of the Bot API: the client, the call budget, texts, buttons, errors."""
