"""How English service talk feels: which terms of a text carry feeling, and how strongly."""
