"""The bot definition: what an export of Amazon Lex V2 says, read into typed parts."""
