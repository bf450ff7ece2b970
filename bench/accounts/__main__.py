"""`python -m bench.accounts [sqlite|postgresql]`: reads and payments over HTTP, beside an empty route."""

from bench.accounts.service import main

main()
