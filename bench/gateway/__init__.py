"""What the gateway costs: a turn of a web chat, and reads that it passes on."""
