"""An entity list in the bucket of the support files counts for what is analysed from then on."""

from services.media.settings import MediaSettings
from tests.media.conftest import pipeline_of
from tests.media.fakes import transcript


async def test_a_new_list_counts_for_the_next_interaction(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        for number, terms in enumerate(("card,PRODUCT", "angry,MOOD", "broken")):
            content = f"Text,Type\n{terms}\n".encode()
            await pipeline.blobs.put(settings.support_files_bucket_name, "simple-entity-list-en.csv", content)
            [entry] = await pipeline.sent((f"call-{number}.json", transcript(number)))
            assert entry.fate == "done"
        found = [[(one.type, one.values) for one in document.entities] for document in pipeline.index.documents]
    assert found == [[("PRODUCT", ["card"])], [("MOOD", ["angry"])], [("MOOD", ["angry"])]]
