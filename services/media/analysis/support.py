"""Support files: what the bank gives the analysis beside its settings."""


class UnusableFile(Exception):
    """Why a support file cannot be used, as the rest of a sentence about it. It quotes nothing of the file."""
