"""Settings of the insights service."""

from shared.settings import ServiceSettings


class InsightsSettings(ServiceSettings):
    insights_database_url: str = "sqlite"
