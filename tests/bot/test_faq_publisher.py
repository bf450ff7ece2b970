"""Two publishers on one database, the one in the middle of a step while the other takes several."""

from collections.abc import Awaitable, Callable, Sequence

from services.bot.faq.entries import FaqEntry
from services.bot.faq.ports import HostedFaq
from services.bot.faq.publishing import FaqPublisher
from services.bot.faq.versions import FaqVersions
from shared.db import Database, open_database

INDEX = "index-1"
FIRST = b"_question,_answer,topic\nWhat does a wire transfer cost?,Wires cost $25.,wire\n"
SECOND = b"_question,_answer,topic\nWhat does a wire transfer cost?,Wires cost $30.,wire\n"


class Host:
    """Takes everything over at once; `before_look` is done before it tells how a FAQ stands."""

    def __init__(self) -> None:
        self.faqs: dict[str, str] = {}
        self.before_look: Callable[[], Awaitable[object]] | None = None

    async def create(self, name: str, language: str, entries: Sequence[FaqEntry]) -> str:
        self.faqs[name] = language
        return name

    async def look(self, faq_id: str) -> HostedFaq:
        if (work := self.before_look) is not None:
            self.before_look = None
            await work()
        return HostedFaq("active" if faq_id in self.faqs else "gone")

    async def remove(self, name: str, faq_id: str | None) -> bool:
        self.faqs.pop(name, None)
        return True


def publisher(database: Database, host: Host) -> tuple[FaqVersions, FaqPublisher]:
    async def use(entries: Sequence[FaqEntry]) -> None: ...

    versions = FaqVersions(database, use, index_id=INDEX)
    return versions, FaqPublisher(database, versions, host, index_id=INDEX)


async def test_a_publisher_leaves_alone_what_is_newer_than_what_it_knows(database_url: str) -> None:
    host = Host()
    async with open_database(database_url, "services.bot") as database:
        (_, slow), (versions, quick) = publisher(database, host), publisher(database, host)
        await versions.ship([(FIRST, "en")])
        assert await slow.step()  # orders and creates the first version

        async def meanwhile() -> None:
            """A second version comes and is published, but for the last word on it."""
            await versions.import_file(SECOND, language="en", mode="replace", note="", user="pat")
            assert await quick.step()

        host.before_look = meanwhile
        assert await slow.step()  # sees that the first is there, and looks what to take away
        assert len(host.faqs) == 2
        for _ in range(2):
            assert await quick.step()
        [name] = host.faqs
        assert "-v2-" in name
