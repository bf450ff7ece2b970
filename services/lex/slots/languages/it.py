"""Italian."""

from services.lex.slots.languages.language import (
    AddressWords,
    AnswerWords,
    CalendarWords,
    ClockWords,
    Language,
    MoneyWords,
    NumberWords,
)

_SMALL = [
    "zero",
    "uno",
    "due",
    "tre",
    "quattro",
    "cinque",
    "sei",
    "sette",
    "otto",
    "nove",
    "dieci",
    "undici",
    "dodici",
    "tredici",
    "quattordici",
    "quindici",
    "sedici",
    "diciassette",
    "diciotto",
    "diciannove",
]
_TENS = ["venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"]


def _hundred() -> dict[str, int]:
    """0 to 99 as one word: "venticinque", and "ventuno" with its vowel dropped."""
    words = {word: n for n, word in enumerate(_SMALL)}
    for ten, word in enumerate(_TENS, 2):
        words[word] = 10 * ten
        for unit in range(1, 10):
            stem = word[:-1] if unit in (1, 8) else word
            words[stem + _SMALL[unit]] = 10 * ten + unit
        words[word[:-1] + "un"] = 10 * ten + 1
    return words


def _values() -> dict[str, int]:
    under, words = _hundred(), _hundred()
    for n, name in enumerate(["", *_SMALL[2:10]]):
        hundreds = max(n + 1, 1) * 100
        words[f"{name}cento"] = hundreds
        words |= {f"{name}cento{word}": hundreds + value for word, value in under.items() if value}
        words |= {f"{name}cent{word}": hundreds + value for word, value in under.items() if word.startswith("ott")}
    return words | {"un": 1, "una": 1}


_NUMBERS = NumberWords(
    values=_values(),
    scales={
        "mille": 1000,
        "mila": 1000,
        "milione": 10**6,
        "milioni": 10**6,
        "miliardo": 10**9,
        "miliardi": 10**9,
        "k": 1000,
    },
    hundred=frozenset({"cento"}),
    ordinals={"primo": 1},
    minus=frozenset({"meno"}),
    point=frozenset({"virgola", "punto"}),
    articles=frozenset({"un", "una", "uno"}),
    joint="e",
    joins="hundreds",
    half=r"\s+e\s+mezz[oa]\b",
    compound=("mila", "mille"),
    repeats={"doppio": 2, "triplo": 3},
)
_CALENDAR = CalendarWords(
    offsets={
        r"oggi|stasera|stanotte|stamattina": 0,
        r"(?<!dopo )domani|domattina": 1,
        r"(?<!altro )(?<!l'altro)ieri": -1,
        r"dopo\s?domani": 2,
        r"(?:l')?altro\s?ieri": -2,
    },
    months="gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago "
    "settembre/set/sett "
    "ottobre/ott novembre/nov dicembre/dic",
    weekdays="lunedi/lun martedi/mar mercoledi/mer giovedi/gio venerdi/ven sabato/sab domenica/dom",
    units={"day": "giorn[oi]", "week": "settiman[ae]", "month": "mes[ei]", "year": "ann[oi]"},
    upcoming=(r"(?:il\s+|la\s+)?(?:prossim[oa]|seguente)\s+", r"\s+(?:prossim[oa]|che\s+viene|seguente)"),
    current=(r"quest[oa]\s+|quest'", r"(?!)"),
    past=(r"(?:lo\s+|il\s+|la\s+)?(?:scors[oa]|ultim[oa]|passat[oa])\s+", r"\s+(?:scors[oa]|passat[oa])"),
    ahead=(r"(?:tra|fra|in)\s+{count}", r"{count}\s+(?:dopo|da\s+oggi)"),
    ago=(r"{count}\s+fa", r"{count}\s+prima"),
    written=(r"{day}(?:\s+di)?\s+{month}(?:[\s,-]+(?:del\s+)?{year})?",),
    alone=(
        r"(?:il(?:\s+giorno)?\s+|l'|giorno\s+){day}(?=\W*$|\s+(?:di\s+questo\s+mese|alle|all'|per|e|del\s+mese)\b)",
    ),
    of_month=r"(?:in|a|ad|per|nel\s+mese\s+di)\s+",
)
_CLOCK = ClockWords(
    named={
        r"(?:a\s+)?mezzogiorno(?!\s+e\s+mezz)": "12:00",
        r"(?:a\s+)?mezzanotte(?!\s+e\s+mezz)": "00:00",
        r"mezzogiorno\s+e\s+mezz[oa]": "12:30",
    },
    parts={
        "AM": r"a\.?m\b\.?",
        "PM": r"p\.?m\b\.?",
        "MO": r"(?:di|del|della|la|in|al)\s+(?:mattin[oa]|mattinata)|mattin[oa]|stamattina|stamani|domattina",
        "AF": r"(?:di|del|nel|il|oggi)?\s*pomeriggio",
        "EV": r"(?:di|della|la|in|alla)\s+sera(?:ta)?|stasera|\bsera\b",
        "NI": r"(?:di|della|la|nella)\s+notte|stanotte|\bnotte\b",
    },
    spoken=(
        (r"(?:alle\s+|all'|le\s+|l'){h}\s+e\s+(?:mezz[oa]|30)", 30),
        (r"(?:alle\s+|all'|le\s+|l'){h}\s+e\s+(?:un\s+|1\s+)quarto", 15),
        (r"(?:alle\s+|all'|le\s+|l'){h}\s+e\s+(?:tre|3)\s+quarti", 45),
        (r"(?:alle\s+|all'|le\s+|l'){h}\s+meno\s+(?:un\s+|1\s+)quarto", -15),
        (r"(?:alle\s+|all'|le\s+|l'){h}\s+e\s+{m}(?:\s+minuti)?", 0),
        (r"(?:alle\s+|all'|le\s+|l'){h}\s+meno\s+{less}(?:\s+minuti)?", 0),
        (r"(?:alle\s+|all'|le\s+|l'|ore\s+){h}(?:\s+in\s+punto)?(?!\s*(?:[:.]\s?\d|e\s+(?:\d|mezz)|meno\b|\d))", 0),
        (r"{h}\s+in\s+punto", 0),
    ),
    exact=(
        r"(?:alle\s+|ore\s+|le\s+)?{h}:{mm}(?:\s?h\b)?",
        r"(?:alle|ore)\s+{h}[.,]{mm}",
        r"(?:alle\s+)?ore\s+{h}(?!\s*(?:e|meno|[:.]\d)\b)",
        r"{h}\s?h\s?{mm}",
        r"{h}\s?h\b",
    ),
    bare=(
        r"{h}\s+e\s+(?P<p30>mezz[oa])",
        r"{h}\s+e\s+(?:un\s+|1\s+)(?P<p15>quarto)",
        r"{h}\s+meno\s+(?:un\s+|1\s+)(?P<q15>quarto)",
        r"{h}\s+e\s+{m}",
        r"{h}[\s.]{mm}",
        r"{h}",
    ),
    now=r"adesso|ora|subito",
)
_MONEY = MoneyWords(
    units={
        r"euro|euri": "EUR",
        r"dollar[oi](?:\s+american[oi])?": "USD",
        r"sterlin[ae]": "GBP",
        r"franch?[oi](?:\s+svizzer[oi])?": "CHF",
        r"yen": "JPY",
        r"pesos?": "MXN",
    },
    cents={r"centesim[oi]|cent": ""},
    pieces={},
    link=r"e",
)
_ANSWERS = AnswerWords(
    unknown=r"(?:non )?(?:lo )?so|non lo so|non saprei|boh|(?:non ho )?(?:nessuna|la minima) idea|non (?:ne "
    r")?sono sicur[oa]|non ho idea",
    maybe=r"forse|puo darsi|magari|possibile|possibilmente|probabilmente|credo di si|penso di si",
    no=r"no|assolutamente no|no grazie|mai|per niente|neanche per sogno|certo che no|ovviamente no|non (?:e|va) "
    r"(?:corretto|bene|giusto)|"
    r"sbagliato|negativo|non voglio|non ora|non ancora|direi di no|falso|nemmeno",
    yes=r"si|certo(?: che si)?|certamente|ok(?:ay)?|va bene|d'?accordo|esatto|giusto|corretto|confermo|"
    r"confermato|sicuro|perfetto|"
    r"volentieri|assolutamente(?: si)?|esattamente|e (?:giusto|corretto)|si si|senz'?altro|bene|ovvio|"
    r"ovviamente|procedi|vero|ci sto",
    opening=r"beh|eh+|ah|allora|mah|uhm+|hm+",
    ending=r"per favore|per piacere|grazie(?: mille)?|signor[ea]",
    negation=r"non|mai",
)
ITALIAN = Language(
    code="it",
    numbers=_NUMBERS,
    calendar=_CALENDAR,
    clock=_CLOCK,
    units={
        "Y": r"ann[oi]",
        "M": r"mes[ei]",
        "W": r"settiman[ae]",
        "D": r"giorn[oi]|giornat[ae]",
        "TH": r"or[ae]|h",
        "TM": r"minut[oi]|min|m",
        "TS": r"second[oi]|sec|s",
        "X": r"decenni[o]?",
    },
    half_unit=r"mezz(?:[oa]\s+|')",
    and_half=r"\s+e\s+mezz[oa]",
    percent=r"per\s?cento",
    money=_MONEY,
    answers=_ANSWERS,
    address=AddressWords(
        at=r"chiocciola|at|presso",
        marks={r"punto": ".", r"(?:trattino\s+basso|underscore)": "_", r"trattino|meno": "-", r"piu": "+"},
    ),
    conjunctions=r"e|ed|anche|piu",
)
