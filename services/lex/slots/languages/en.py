"""English."""

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

_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_NUMBERS = NumberWords(
    values=counted(f"zero/nought one two three four five six seven eight nine {_TEENS}")
    | counted("twenty thirty forty/fourty fifty sixty seventy eighty ninety", 20, 10),
    scales={"thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "k": 1000},
    hundred=frozenset({"hundred"}),
    ordinals=counted(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        1,
    )
    | {"thirtieth": 30},
    minus=frozenset({"minus", "negative"}),
    point=frozenset({"point"}),
    joint="and",
    joins="hundreds",
    half=r"\s+and\s+a\s+half\b",
    repeats={"double": 2, "triple": 3, "treble": 3, "quadruple": 4},
    figures={"oh": 0, "o": 0},
)
_CALENDAR = CalendarWords(
    offsets={
        r"today": 0,
        r"tonight": 0,
        r"(?:this|right)\s+now": 0,
        r"(?<!after )(?<!before )tomorrow|tmrw|tomorow|tommorow|tomorrrow": 1,
        r"(?<!before )yesterday": -1,
        r"(?:the\s+)?day\s+after\s+tomorrow": 2,
        r"(?:the\s+)?day\s+before\s+yesterday": -2,
    },
    months="january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep/sept "
    "october/oct "
    "november/nov december/dec",
    weekdays="monday/mon tuesday/tue/tues wednesday/wed thursday/thu/thur/thurs friday/fri saturday/sat sunday/sun",
    units={"day": "days?", "week": "weeks?", "month": "months?", "year": "years?"},
    upcoming=(r"(?:the\s+)?(?:next|coming|upcoming|following)\s+", r"\s+coming"),
    current=(r"this\s+|the\s+current\s+", r"(?!)"),
    past=(r"(?:the\s+)?(?:last|past|previous)\s+", r"(?!)"),
    ahead=(r"(?:in|after)\s+{count}(?:'s\s+time)?", r"{count}\s+(?:from\s+(?:now|today)|later|hence)"),
    ago=(r"{count}\s+(?:ago|before|back)",),
    written=(
        r"{day}(?:\s+day)?(?:\s+of|\s+in)?[\s,-]+{month}(?:[\s,-]+(?:of\s+)?{year})?",
        r"{month}\.?[\s-]+(?:the\s+)?{day}(?!\s*(?::|o'?clock|am\b|pm\b|a\.m|p\.m))(?:[\s,-]+(?:of\s+)?{year})?",
    ),
    alone=(r"the\s+{day}(?=\W*$|\s+(?:of\s+(?:this|the)\s+month|at|in|please|for|and)\b)", r"\b{ordinal}\b(?!\s+\w)"),
    of_month=r"(?:in|for|by|during|until)\s+",
    one="an?|1",
)
_CLOCK = ClockWords(
    named={r"(?:12\s+)?(?:noon|midday)": "12:00", r"(?:12\s+)?midnight": "00:00"},
    parts={
        "AM": r"a\.?\s?m\b\.?",
        "PM": r"p\.?\s?m\b\.?",
        "MO": r"(?:in\s+the\s+|this\s+)?morning",
        "AF": r"(?:in\s+the\s+|this\s+)?afternoon",
        "EV": r"(?:in\s+the\s+|this\s+)?evening",
        "NI": r"tonight|(?:at\s+|in\s+the\s+)?night",
    },
    spoken=(
        (r"{h}\s*(?:o'?\s?clock|oclock)", 0),
        (r"half\s+past\s+{h}(?:\s*o'?\s?clock)?", 30),
        (r"(?:a\s+)?quarter\s+(?:past|after)\s+{h}", 15),
        (r"(?:a\s+)?quarter\s+(?:to|of|till|til|before)\s+{h}", -15),
        (r"{m}(?:\s+minutes?)?\s+(?:past|after)\s+{h}", 0),
        (r"{less}(?:\s+minutes?)?\s+(?:to|till|til|before)\s+{h}", 0),
        (r"{h}:{mm}", 0),
        (r"(?:at|around|about|by)\s+{h}[\s.]{mm}(?!\s*(?:dollars|people|%))", 0),
        (r"(?:at\s+)?{h}\s+(?:oh|o)\s+{m}", 0),
        (r"(?:at|around)\s+{h}(?=\W*$|\s+(?:for|on|in|today|tomorrow|tonight|please|and|with|next|this)\b)", 0),
    ),
    exact=(r"{hh}{mm}\s*(?:hours|hrs)",),
    bare=(r"{h}[\s.]{mm}", r"{hh}{mm}", r"{h}"),
    now=r"(?:right\s+)?now",
)
_MONEY = MoneyWords(
    units={
        r"(?:us\s+|american\s+)?(?:dollars?|bucks?)": "USD",
        r"(?:canadian\s+)dollars?": "CAD",
        r"australian\s+dollars?": "AUD",
        r"euros?": "EUR",
        r"(?:british\s+)?pounds?(?:\s+sterling)?|quid": "GBP",
        r"(?:japanese\s+)?yens?": "JPY",
        r"rupees?": "INR",
        r"(?:mexican\s+)?pesos?": "MXN",
        r"swiss\s+francs?": "CHF",
        r"yuans?|renminbi": "CNY",
        r"reals?|reais": "BRL",
        r"rand": "ZAR",
    },
    cents={r"cents?|c": "", r"pence|p": "GBP"},
    pieces={r"penn(?:y|ies)": 1, r"nickels?": 5, r"dimes?": 10, r"quarters?": 25},
    link=r"and|with",
)
_ANSWERS = AnswerWords(
    unknown=r"(?:i )?(?:don'?t|do not|dont) know|dunno|(?:i'?m )?(?:not sure|unsure)|no idea|no clue|i have no idea|"
    r"(?:i )?can'?t (?:say|tell)|beats me",
    maybe=r"maybe|perhaps|possibly|might be|i guess|could be|probably|kind of|sort of",
    no=r"no|nope|nah|no way|not?[ ,]+(?:thanks|thank you)|negative|never|don'?t(?: do it)?|do not|"
    r"(?:that'?s|that is|this is) (?:wrong|not right|not correct)|absolutely not|certainly not|wrong|"
    r"i (?:don'?t|do not)(?: want (?:to|that|it|this))?|not (?:now|really|that|at all|today)|incorrect|i said no|n|"
    r"i'?d rather not|of course not|it'?s not|it is not|false",
    yes=r"yes|yeah|yep|yup|ya|yea|sure|ok(?:ay)?|alright|all right|right|correct|confirm(?:ed)?|of course|please do|"
    r"go ahead|do it|absolutely|definitely|affirmative|certainly|fine|sounds good|that'?s (?:fine|it)|"
    r"(?:that'?s|that is|this is) (?:right|correct)|i (?:do|confirm)|perfect|looks good|exactly|y|"
    r"sure thing|you bet|yes indeed|indeed|uh[ -]huh|true|very well|great|why not|that works|works for me",
    opening=r"well|um+|uh+|oh|hm+|so|er+",
    ending=r"please|thanks|thank you|sir|ma'?am|it is|i do|i don'?t|you can|you may|very much",
    negation=r"not|don'?t|never|can'?t",
)
ENGLISH = Language(
    code="en",
    numbers=_NUMBERS,
    calendar=_CALENDAR,
    clock=_CLOCK,
    units={
        "Y": r"years?|yrs?",
        "M": r"months?|mos?",
        "W": r"weeks?|wks?",
        "D": r"days?",
        "TH": r"hours?|hrs?|h",
        "TM": r"minutes?|mins?|m",
        "TS": r"seconds?|secs?|s|2º",
        "F": r"fortnights?",
        "X": r"decades?",
    },
    half_unit=r"half\s+(?:an?\s+)?|an?\s+half\s+",
    and_half=r"\s+and\s+(?:a\s+)?half",
    percent=r"percent|per\s+cent|pct",
    money=_MONEY,
    answers=_ANSWERS,
    address=AddressWords(
        at=r"at(?:\s+sign)?",
        marks={r"dot|period|point": ".", r"underscore": "_", r"dash|hyphen|minus": "-", r"plus": "+"},
    ),
    conjunctions=r"and|plus|also|as well as|&",
    an=r"an?",
)
