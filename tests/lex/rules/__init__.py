"""One test or more for each rule of docs/reference/lex-dialog.md, which they claim by its id."""
