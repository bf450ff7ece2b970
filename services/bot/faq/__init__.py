"""The FAQ: its entries, its files, its versions, and what nobody could answer."""
