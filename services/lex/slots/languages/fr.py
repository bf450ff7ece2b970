"""French."""

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

_NUMBERS = NumberWords(
    values=counted("zero un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
    | counted("vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante", 20, 10),
    scales={"mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9, "k": 1000},
    hundred=frozenset({"cent", "cents"}),
    ordinals={"premier": 1, "premiere": 1},
    minus=frozenset({"moins"}),
    point=frozenset({"virgule", "point"}),
    articles=frozenset({"un", "une"}),
    joint="et",
    joins="tens",
    half=r"\s+et\s+demie?\b",
    vigesimal=True,
    repeats={"double": 2, "triple": 3},
)
_CALENDAR = CalendarWords(
    offsets={
        r"aujourd'?\s?hui|ce\s+soir|cette\s+nuit": 0,
        r"(?<!apres.)demain": 1,
        r"(?<!avant.)hier": -1,
        r"apres[\s-]demain": 2,
        r"avant[\s-]hier": -2,
    },
    months="janvier/janv fevrier/fev/fevr mars avril/avr mai juin juillet/juil aout septembre/sept octobre/oct "
    "novembre/nov "
    "decembre/dec",
    weekdays="lundi/lun mardi/mar mercredi/mer jeudi/jeu vendredi/ven samedi/sam dimanche/dim",
    units={"day": "jours?", "week": "semaines?", "month": "mois", "year": "ans?|annees?"},
    upcoming=(r"(?:l[ea]\s+)?prochaine?\s+", r"\s+(?:prochaine?|qui\s+vient|suivante?)"),
    current=(r"ce(?:t|tte)?\s+", r"(?!)"),
    past=(r"(?:l[ea]\s+)?derni(?:er|ere)\s+", r"\s+(?:derni(?:er|ere)|passee?|precedente?)"),
    ahead=(r"(?:dans|d'ici)\s+{count}", r"{count}\s+plus\s+tard"),
    ago=(r"il\s+y\s+a\s+{count}", r"{count}\s+(?:plus\s+tot|avant)"),
    written=(r"{day}\s*{month}(?:[\s,-]+{year})?",),
    alone=(r"l[ea]\s+{day}(?=\W*$|\s+(?:de\s+ce\s+mois|a|pour|et)\b)",),
    of_month=r"(?:en|au\s+mois\s+d[e'])\s*",
)
_CLOCK = ClockWords(
    named={
        r"(?:a\s+)?midi(?!\s+(?:et|moins))": "12:00",
        r"(?:a\s+)?minuit(?!\s+(?:et|moins))": "00:00",
        r"midi\s+et\s+demie?": "12:30",
        r"minuit\s+et\s+demie?": "00:30",
        r"midi\s+et\s+quart": "12:15",
    },
    parts={
        "AM": r"a\.?m\b\.?",
        "PM": r"p\.?m\b\.?",
        "MO": r"(?:du|le|ce|au|dans\s+la|en)?\s*mat(?:in|inee)",
        "AF": r"(?:de\s+l'|l'|cet\s+|dans\s+l'|en\s+)?\s?apres[\s-]midi",
        "EV": r"(?:du|le|ce|au|dans\s+la|en)?\s*soiree|(?:du|le|ce|au)\s+soir|\bsoir",
        "NI": r"(?:de\s+la|la|cette|de|dans\s+la)\s+nuit",
    },
    spoken=((r"{h}\s+et\s+demie?", 30),),
    exact=(
        r"{h}\s*(?:h|heures?)\s+moins\s+(?:le\s+)?(?P<q15>quart)",
        r"{h}\s*(?:h|heures?)\s+(?:et\s+)?(?P<p15>quart)",
        r"{h}\s*(?:h|heures?)\s+et\s+(?P<p30>demie?)",
        r"{h}\s*(?:h|heures?)\s+moins\s+{less}",
        r"{h}\s?(?:h|heures?)\s?(?:et\s+)?{m}(?:\s?(?:min|minutes?))?",
        r"{h}\s?:\s?{mm}",
        r"{h}\s?(?:h\b|heures?\b)(?!\s*(?:et\s+(?:demi|quart)|moins|\d))",
    ),
    bare=(r"{h}[\s.]{mm}", r"{h}"),
    now=r"maintenant|tout\s+de\s+suite",
)
_MONEY = MoneyWords(
    units={
        r"euros?": "EUR",
        r"dollars?(?:\s+americains?)?": "USD",
        r"dollars?\s+canadiens?": "CAD",
        r"livres?(?:\s+sterling)?": "GBP",
        r"francs?(?:\s+suisses?)?": "CHF",
        r"yens?": "JPY",
        r"pesos?": "MXN",
    },
    cents={r"centimes?|cents?": ""},
    pieces={},
    link=r"et",
)
_ANSWERS = AnswerWords(
    unknown=r"(?:je )?(?:ne )?sais pas|j'?en sais rien|aucune idee|(?:je )?(?:ne )?suis pas sure?|pas sure?|je "
    r"(?:n'?en )?sais rien|chais pas",
    maybe=r"peut[- ]etre(?: bien)?|possible|possiblement|c'?est possible|probablement|ca se peut|eventuellement",
    no=r"non|nan|pas du tout|jamais|non merci|surtout pas|absolument pas|bien sur que non|pas question|"
    r"certainement pas|"
    r"(?:ce )?n'?est pas (?:ca|correct|bon|juste)|c'?est (?:faux|pas ca|incorrect)|incorrect|negatif|pas "
    r"maintenant|faux|"
    r"je ne (?:veux|souhaite) pas|pas vraiment",
    yes=r"oui|ouais|ouaip|d'?accord|bien sur|ok(?:ay)?|c'?est (?:ca|bon|correct|exact|juste)|exact(?:ement)?|"
    r"parfait|certainement|"
    r"tout a fait|volontiers|je confirme|confirme|absolument|correct|entendu|avec plaisir|si|allez[- ]y|ca marche|"
    r"vas[- ]y|evidemment|bien entendu|affirmatif|tres bien|ca me va|vrai",
    opening=r"euh+|ben|bon|alors|ah|hm+|eh bien|bah",
    ending=r"s'?il (?:vous|te) plait|svp|stp|merci(?: beaucoup)?|monsieur|madame",
    negation=r"pas|jamais",
)
FRENCH = Language(
    code="fr",
    numbers=_NUMBERS,
    calendar=_CALENDAR,
    clock=_CLOCK,
    units={
        "Y": r"ans?|annees?",
        "M": r"mois",
        "W": r"semaines?",
        "D": r"jours?|j",
        "TH": r"heures?|h",
        "TM": r"minutes?|mins?|m",
        "TS": r"secondes?|secs?|s",
        "F": r"quinzaines?",
        "X": r"decennies?",
    },
    half_unit=r"demi[e]?[\s-]+",
    and_half=r"\s+et\s+demie?",
    percent=r"pour[\s-]?cents?",
    money=_MONEY,
    answers=_ANSWERS,
    address=AddressWords(
        at=r"arobase|arrobase|arobas|at|a\s+commercial",
        marks={r"point": ".", r"tiret\s+bas|underscore|soulign[e]": "_", r"tiret|moins": "-", r"plus": "+"},
    ),
    conjunctions=r"et|ainsi que|puis|plus",
)
