"""German."""

from decimal import Decimal

from services.lex.slots.languages.language import (
    AddressWords,
    AnswerWords,
    CalendarWords,
    ClockWords,
    Language,
    MoneyWords,
    NumberWords,
    counted,
)

_SMALL = [
    "null",
    "ein",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
_TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]


_HALF = Decimal("0.5")


def _hundred() -> dict[str, int]:
    """0 to 99 as one word: "fünfundzwanzig"."""
    words = {word: n for n, word in enumerate(_SMALL)}
    for ten, word in enumerate(_TENS, 2):
        words |= {word: 10 * ten} | {f"{_SMALL[unit]}und{word}": 10 * ten + unit for unit in range(1, 10)}
    return words


def _values() -> dict[str, int]:
    """0 to 999 as one word, in the spellings with umlauts, with ae, oe, ue, and without either."""
    under, words = _hundred(), _hundred()
    for n, name in enumerate(["", *_SMALL[1:10]]):
        hundreds = max(n, 1) * 100
        words[f"{name}hundert"] = hundreds
        for link in ("", "und"):
            words |= {f"{name}hundert{link}{word}": hundreds + value for word, value in under.items() if value}
    words |= dict.fromkeys(("eins", "eine", "einen", "einem", "einer", "eines"), 1)
    words |= {"zwo": 2} | {f"{word}eins": value + 1 for word, value in words.items() if word.endswith("hundert")}
    plain = {spelling: n for word, n in words.items() for spelling in _spellings(word)}
    return {key: n for word, n in plain.items() for key in counted(word)}


def _spellings(word: str) -> set[str]:
    return {word, word.replace("ü", "ue").replace("ö", "oe"), word.replace("ß", "ss")}


def _ordinals() -> dict[str, int]:
    """ "erste" to "einunddreißigste", with every ending."""
    odd = {"eins": "ers", "ein": "ers", "drei": "drit", "sieben": "sieb", "acht": "ach"}
    words = {"ers": 1, "siebten"[:-2]: 7}
    for word, n in _hundred().items():
        if 0 < n <= 31:
            words[odd.get(word, word) + ("" if word in ("drei",) else "t" if n < 20 else "st")] = n
    words["erst"] = 1
    spelled = {s: n for word, n in words.items() for s in _spellings(word)}
    return {key: n for s, n in spelled.items() for end in ("e", "en", "er", "es", "em") for key in counted(s + end)}


_NUMBERS = NumberWords(
    values=_values(),
    scales={
        "tausend": 1000,
        "million": 10**6,
        "millionen": 10**6,
        "mio": 10**6,
        "milliarde": 10**9,
        "milliarden": 10**9,
        "k": 1000,
    },
    hundred=frozenset({"hundert"}),
    ordinals=_ordinals(),
    minus=frozenset({"minus"}),
    point=frozenset({"komma", "punkt"}),
    articles=frozenset({"ein", "eine", "einen", "einem", "einer", "eines"}),
    joint="und",
    joins="hundreds",
    half=r"\s+und\s+ein\s+halb\b",
    compound=("tausendund", "tausend"),
    unit_first=True,
    halves={"anderthalb": _HALF + 1, "eineinhalb": _HALF + 1}
    | {f"{key}einhalb": _HALF + n for n, word in enumerate(_SMALL[2:], 2) for key in counted(word)},
    repeats={"doppel": 2, "doppelt": 2, "doppelte": 2, "dreifach": 3, "dreimal": 3, "zweimal": 2},
)
_CALENDAR = CalendarWords(
    offsets={
        r"heute": 0,
        r"(?<!\bam )(?<!heute )(?<!guten )morgen": 1,
        r"gestern": -1,
        r"ubermorgen|uebermorgen": 2,
        r"vorgestern": -2,
    },
    months="januar/janner/jan februar/feber/feb marz/maerz/mrz april/apr mai juni/jun juli/jul august/aug "
    "september/sept/sep "
    "oktober/okt november/nov dezember/dez",
    weekdays="montag/mo dienstag/di mittwoch/mi donnerstag/do freitag/fr samstag/sonnabend/sa sonntag/so",
    units={"day": "tage?n?", "week": "wochen?", "month": "monate?n?", "year": "jahre?n?"},
    upcoming=(r"(?:nachst|naechst|kommend|folgend)e[nrsm]?\s+", r"(?!)"),
    current=(r"(?:dies|die\s*s)e[nrsm]?\s+", r"(?!)"),
    past=(r"(?:letzt|vergangen|vorig)e[nrsm]?\s+", r"(?!)"),
    ahead=(r"(?:heute\s+)?(?:in|nach)\s+{count}", r"{count}\s+spater"),
    ago=(r"vor\s+{count}",),
    written=(r"{day}\s*{month}(?:[\s,-]+{year})?",),
    alone=(r"(?:am|der|den|zum)\s+{day}(?=\W*$|\s+(?:um|fur|bitte|und|diesen?\s+monats?)\b)",),
    of_month=r"(?:im|ab|fur)\s+(?:monat\s+)?",
)
_CLOCK = ClockWords(
    named={r"(?:am\s+|zu\s+)?mittags?\b|12\s+uhr\s+mittags": "12:00", r"(?:um\s+)?mitternacht": "00:00"},
    parts={
        "AM": r"a\.?m\b\.?",
        "PM": r"p\.?m\b\.?",
        "MO": r"(?:am|heute|in\s+der)\s+(?:morgen|fruh(?:e)?)|morgens|(?:am\s+)?vormittags?|(?<=morgen )fruh|"
        r"in\s+der\s+fruh",
        "AF": r"(?:am\s+)?nachmittags?",
        "EV": r"(?:am\s+)?abends?",
        "NI": r"in\s+der\s+nacht|nachts|\bnacht\b",
    },
    spoken=(
        (r"(?:um\s+)?halb\s+{h}", -30),
        (r"(?:um\s+)?viertel\s+nach\s+{h}", 15),
        (r"(?:um\s+)?(?:viertel\s+vor|dreiviertel|drei\s+viertel|3\s+viertel)\s+{h}", -15),
        (r"{m}(?:\s+minuten)?\s+nach\s+halb\s+{h}", -30),
        (r"{less}(?:\s+minuten)?\s+vor\s+halb\s+{h}", -30),
        (r"{m}(?:\s+minuten)?\s+nach\s+{h}", 0),
        (r"{less}(?:\s+minuten)?\s+vor\s+{h}", 0),
        (r"um\s+{h}(?=\W*$|\s+(?:fur|am|heute|morgen|bitte|und|in|mit)\b)", 0),
    ),
    exact=(
        r"{h}\s?uhr\s?(?:und\s+)?{m}",
        r"{h}\s?[:.]\s?{mm}(?:\s?uhr|\s?h\b)",
        r"{h}:{mm}",
        r"um\s+{h}\.{mm}",
        r"{h}\s?(?:uhr|h\b)(?!\s*\d)",
    ),
    bare=(r"{h}[\s.]{mm}", r"{h}"),
    now=r"jetzt|sofort",
)
_MONEY = MoneyWords(
    units={
        r"euros?": "EUR",
        r"(?:us[\s-])?dollars?": "USD",
        r"(?:schweizer\s+)?franken": "CHF",
        r"(?:britische\s+)?pfund": "GBP",
        r"yen": "JPY",
        r"rupien?": "INR",
    },
    cents={r"cents?": "", r"rappen": "CHF", r"pence": "GBP"},
    pieces={},
    link=r"und",
)
_ANSWERS = AnswerWords(
    unknown=r"(?:das )?wei(?:s|ss) (?:ich )?nicht|(?:ich )?wei(?:s|ss) (?:es )?nicht|keine ahnung|(?:ich )?bin "
    r"(?:mir )?nicht sicher|nicht sicher",
    maybe=r"vielleicht|eventuell|moglicherweise|kann sein|mag sein|wahrscheinlich|womoglich",
    no=r"nein|ne+|no|auf keinen fall|nein danke|niemals|nie|keinesfalls|lieber nicht|bestimmt nicht|naturlich nicht|"
    r"(?:das )?(?:ist|stimmt) (?:das )?(?:nicht(?: richtig| korrekt)?|falsch)|falsch|nicht|stimmt nicht|gar nicht|"
    r"auf gar keinen fall|noch nicht|jetzt nicht|negativ",
    yes=r"ja|jawohl|jo|jep|genau|richtig|(?:das )?(?:ist|stimmt) (?:das )?(?:richtig|korrekt|so|genau)?|stimmt|"
    r"klar|na klar|naturlich|"
    r"sicher|ok(?:ay|e)?|gerne?|in ordnung|einverstanden|korrekt|passt|perfekt|auf jeden fall|selbstverstandlich|"
    r"ja gerne?|das passt|bestatigt|(?:ich )?bestatige|freilich|gut|alles klar|sehr gut|unbedingt|wahr|positiv",
    opening=r"ah+|hm+|also|na ja|naja|nun|oh|ach",
    ending=r"bitte|danke|danke schon|vielen dank|doch",
    negation=r"nicht|nie|kein",
)
GERMAN = Language(
    code="de",
    numbers=_NUMBERS,
    calendar=_CALENDAR,
    clock=_CLOCK,
    units={
        "Y": r"jahre?n?|j",
        "M": r"monate?n?",
        "W": r"wochen?",
        "D": r"tage?n?",
        "TH": r"stunden?|std|h",
        "TM": r"minuten?|min|m",
        "TS": r"sekunden?|sek|s",
        "X": r"jahrzehnten?|jahrzehnte",
    },
    half_unit=r"(?:(?:1|eine?n?)\s+)?halbe[nrs]?\s+",
    and_half=r"\s+und\s+(?:eine\s+|1\s+)?halbe?|einhalb",
    percent=r"prozent",
    money=_MONEY,
    answers=_ANSWERS,
    address=AddressWords(
        at=r"at|aet|klammeraffe|bei",
        marks={r"punkt": ".", r"unterstrich": "_", r"bindestrich|minus|strich": "-", r"plus": "+"},
    ),
    conjunctions=r"und|sowie|plus|auch",
)
