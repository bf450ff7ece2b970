"""The dialog: what one turn of the customer does to a session, by the rules of Lex V2."""
