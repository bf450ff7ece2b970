from services.media.analysis.published_schema import PAGE, page
from shared.schemas.interaction import Interaction


def test_the_published_page_is_in_step_with_the_schema() -> None:
    """When it is not: `python -m services.media.analysis.published_schema`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_field_has_its_row() -> None:
    rows = [line.split("|")[1].strip(" `") for line in page().splitlines() if line.startswith("| `")]
    assert set(Interaction.model_fields) <= set(rows)
    assert "`positive`" in page()
    assert "anything" not in page().partition("## JSON Schema")[0]
