"""Two large bots that are generated, one of many intents, one of many values; with what their customers say."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from bench.lex.bots import TRADES, Bot, misspelt, off_topic, trade
from bench.lex.classifier import synthetic
from bench.lex.conversations import Answering, Customers
from bench.lex.exports import BotSketch, IntentSketch, SlotSketch, TypeSketch

VALUES = 10_000


class Big(NamedTuple):
    bot: BotSketch
    customers: Customers


_BUILT_IN = {
    "AMAZON.Date": ("tomorrow", "next friday", "on the 3rd of may", "12/24/2026", "no idea"),
    "AMAZON.Number": ("3", "twenty five", "a hundred", "two of them", "what do you mean"),
    "AMAZON.Time": ("at 5 pm", "half past nine", "noon", "10 o'clock", "9:30 am"),
    "AMAZON.Currency": ("25 dollars", "$1,250.50", "forty bucks", "make it 3 euros", "as little as possible"),
    "AMAZON.Duration": ("two weeks", "90 minutes", "for a day and a half", "three hours ten minutes", "long"),
    "AMAZON.City": ("New York", "in Springfield", "I live in San Francisco", "Paris please"),
    "AMAZON.PhoneNumber": ("555-555-0100", "+1 (555) 555 0123", "my number is 5555550111", "none"),
    "AMAZON.FirstName": ("Maya", "it is Anna", "my name is Peter", "John please"),
}
_WITH_ITEM = (
    "{text} for the {Item}", "{text} with {Item} please", "the {Item}: {text}", "about {Item}, {text}",
    "{text} {Detail}", "{text} for {Item} {Detail}", "{text}: {Item} {Detail} please", "{text}, i need {Item} {Detail}",
)  # fmt: skip
_SLOTS_ALONE = "{Item} {Detail} please"  # in every ninth intent


def eighty_intents() -> Big:
    """80 intents of 20 utterances, eight of them with placeholders; each intent has a list and a built-in type."""
    plain = synthetic(80, 20)
    kinds = list(_BUILT_IN)
    lists = [TypeSketch(f"Item{n}", dict(islice(_articles(17 * n), 40)), closed=n % 2 == 0) for n in range(8)]
    intents = []
    for n, (name, samples) in enumerate(plain.items()):
        texts = [text for (text,) in samples]
        held = [sketch.replace("{text}", text) for sketch, text in zip(_WITH_ITEM, texts[12:], strict=True)]
        if n % 9 == 0:
            held[-1] = _SLOTS_ALONE
        slots = (
            SlotSketch("Item", f"Item{n % 8}", "Which item?", ("{Item}", "the {Item}", "{Item} please")),
            SlotSketch("Detail", kinds[n % len(kinds)], "And what else?", ("{Detail}", "make it {Detail}")),
        )
        confirmation = "{Item} and {Detail}. Is that right?" if n % 2 else ""
        intents.append(IntentSketch(name, [*texts[:12], *held], slots, confirmation))
    bot = BotSketch("Eighty", "EIGHTYBOTS", intents, lists)
    answers = {**_BUILT_IN, **{kind.name: _asked_for(list(kind.values)) for kind in lists}}
    tests = [text for name in TRADES for text, _ in trade(name).tests]
    named = [
        text.replace("{Item}", value).replace("{Detail}", "tomorrow")
        for intent, value in zip(intents, lists[0].values, strict=False)
        for text in intent.utterances[12:14]
    ]
    requests = [text for four in zip(tests, named, off_topic(), tests[::-1], strict=False) for text in four]
    return Big(bot, lambda number: Answering(bot, requests, answers, number))


_ACTIONS = (
    "order", "buy", "return", "exchange", "reserve", "price", "stock", "compare", "review", "describe",
    "deliver", "cancel", "repair", "insure", "rent", "assemble", "recommend", "track", "refund", "collect",
)  # fmt: skip
_FORMS = (
    "{action} {Article}", "i want to {action} {Article}", "{action} {Quantity} {Article}", "can you {action} {Article}",
    "{action} the {Article} please", "please {action} {Quantity} of the {Article}", "{action} something",
    "i would like to {action} an article", "{action} {Article} for me today", "how do i {action} {Article}",
)  # fmt: skip


def ten_thousand_values() -> Big:
    """20 intents about articles: by turns they take any (ORIGINAL_VALUE) and only the listed ones (TOP_RESOLUTION)."""
    articles = dict(islice(_articles(), VALUES))
    types = [TypeSketch("AnyArticle", articles, closed=False), TypeSketch("ListedArticle", articles, closed=True)]
    intents = []
    for n, action in enumerate(_ACTIONS):
        utterances = [form.replace("{action}", action) for form in _FORMS]
        slots = (
            SlotSketch("Article", types[n % 2].name, "Which one?", ("{Article}", "the {Article}", "{Article} please")),
            SlotSketch("Quantity", "AMAZON.Number", "How many?", ("{Quantity}", "make it {Quantity}")),
        )
        intents.append(IntentSketch(action.capitalize() + "Article", utterances, slots, "{Quantity} of {Article}?"))
    bot = BotSketch("Articles", "ARTICLES01", intents, types)
    spellings = [spelling for value, synonyms in articles.items() for spelling in (value, *synonyms)]
    chosen = spellings[:: len(spellings) // 331]
    requests = list(_requests(chosen))
    answers = {
        **_BUILT_IN,
        "AnyArticle": [*_asked_for(chosen), "something that nobody has listed", "a purple elephant of plush"],
        "ListedArticle": [*_asked_for(chosen[::-1]), "something that nobody has listed"],
    }
    return Big(bot, lambda number: Answering(bot, requests, answers, number))


def _requests(spellings: Sequence[str]) -> Iterator[str]:
    """Every form of every intent, half of the articles misspelt; now and then small talk, or far too many words."""
    wrong = _misspelt(spellings)
    foreign = off_topic()
    for n, (action, form) in enumerate(product(_ACTIONS, _FORMS)):
        article = (spellings if n % 2 else wrong)[n * 7 % len(spellings)]
        yield form.replace("{action}", action).replace("{Article}", article).replace("{Quantity}", str(2 + n % 9))
        if n % 10 == 9:
            yield foreign[n % len(foreign)]
        if n % 40 == 39:
            yield f"{action} " + " and ".join(wrong[n : n + 24])[:1000]


def _asked_for(values: Sequence[str]) -> list[str]:
    """Answers that name a value: bare, between other words, and misspelt."""
    wrong = _misspelt(values)
    named = zip(values, wrong, wrong[1:] + wrong[:1], strict=True)
    return [text for value, one, two in named for text in (value, one, f"i would like the {two} please")]


def _misspelt(texts: Sequence[str]) -> list[str]:
    return [text for text, _ in misspelt(Bot("", {}, [(text, "") for text in texts], [])).tests]


_KINDS = (
    "table", "chair", "lamp", "shelf", "cupboard", "carpet", "mirror", "curtain", "cushion", "drawer",
    "bench", "stool", "desk", "wardrobe", "bed frame", "night stand", "coffee table", "picture frame",
)  # fmt: skip
_MATERIALS = ("oak", "walnut", "birch", "steel", "glass", "marble", "linen", "bamboo", "leather", "velvet", "copper")
_PLACES = ("garden", "kitchen", "bathroom", "bedroom", "office", "hallway", "balcony", "nursery", "cellar", "attic")
_SYLLABLES = ("bra", "vel", "tor", "min", "dexa", "pol", "zan", "ril", "quo", "ser", "ta", "lix", "fen", "oro", "bu")
_SIZES = ("small", "medium", "large", "60 cm", "80 cm", "120 cm", "two seater", "foldable")


def _articles(begin: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Articles without end, each with two synonyms: by turns of everyday words, and of a maker's invented name."""
    everyday = product(_MATERIALS, _PLACES, _KINDS, _SIZES)
    invented = product(_SYLLABLES, _SYLLABLES, _SYLLABLES, ("", "plus", "junior"))
    pairs = zip(everyday, invented, strict=False)
    for (material, place, kind, size), (first, second, third, kept) in islice(pairs, begin, None):
        name, other = f"{first}{second}{third}", f"{first}{third}{second}"
        yield f"{material} {place} {kind} {size}", [f"{size} {place} {kind} in {material}", f"{kind} {other}"]
        yield f"{name} {kept}".strip(), [f"{name} {kind} {kept}".strip(), f"the {kept} {name}".replace("  ", " ")]
