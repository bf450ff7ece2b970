"""One module a channel: it takes a message in, has a turn of the conversation, and renders the reply."""
