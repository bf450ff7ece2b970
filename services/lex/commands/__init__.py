"""The subcommands of `omnilex bot`, one module each; `services.lex.console` lists them."""
