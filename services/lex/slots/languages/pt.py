"""Portuguese, of Brazil and of Portugal."""

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
    values=counted(
        "zero um/uma dois/duas tres quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze quinze "
        "dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove"
    )
    | counted("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
    | counted(
        "cem/cento duzentos/duzentas trezentos/trezentas quatrocentos/quatrocentas quinhentos/quinhentas "
        "seiscentos/seiscentas setecentos/setecentas oitocentos/oitocentas novecentos/novecentas",
        100,
        100,
    ),
    scales={"mil": 1000, "milhao": 10**6, "milhoes": 10**6, "bilhao": 10**9, "bilhoes": 10**9, "k": 1000},
    ordinals={"primeiro": 1},
    minus=frozenset({"menos"}),
    point=frozenset({"virgula", "ponto"}),
    articles=frozenset({"um", "uma"}),
    joint="e",
    joins="any",
    half=r"\s+e\s+mei[oa]\b",
    repeats={"duplo": 2, "dupla": 2, "triplo": 3},
    figures={"meia": 6},
)
_CALENDAR = CalendarWords(
    offsets={
        r"hoje|esta\s+noite|agora\s+mesmo": 0,
        r"(?<!depois de )amanha": 1,
        r"(?<!antes de )ontem": -1,
        r"depois\s+de\s+amanha": 2,
        r"anteontem|antes\s+de\s+ontem": -2,
    },
    months="janeiro/jan fevereiro/fev marco/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set "
    "outubro/out "
    "novembro/nov dezembro/dez",
    weekdays="segunda-feira/segunda/seg terca-feira/terca/ter quarta-feira/quarta/qua quinta-feira/quinta/qui "
    "sexta-feira/sexta/sex sabado/sab domingo/dom",
    units={"day": "dias?", "week": "semanas?", "month": "m[e]s(?:es)?", "year": "anos?"},
    upcoming=(r"(?:[oan]a?\s+)?(?:proxim[oa]|seguinte)\s+", r"\s+(?:que\s+vem|proxim[oa]|seguinte)"),
    current=(r"(?:n?est[ea]|n?ess[ea])\s+", r"(?!)"),
    past=(r"(?:[oan]a?\s+)?(?:ultim[oa]|passad[oa])\s+", r"\s+(?:passad[oa]|anterior)"),
    ahead=(r"(?:daqui\s+a|em|dentro\s+de)\s+{count}", r"{count}\s+(?:depois|a\s+partir\s+de\s+hoje)"),
    ago=(r"(?:ha|faz)\s+{count}(?:\s+atras)?", r"{count}\s+(?:atras|antes)"),
    written=(r"{day}(?:\s+de|\s+do\s+mes\s+de)?[\s,-]+{month}(?:[\s,-]+(?:de\s+)?{year})?",),
    alone=(r"(?:no\s+|o\s+)?dia\s+{day}(?!\s*(?:de|do)\s+[a-z])", r"no\s+dia\s+{day}(?!\s+de\b)"),
    of_month=r"(?:em|para|durante|de)\s+",
)
_CLOCK = ClockWords(
    named={
        r"(?:ao\s+)?meio[\s-]?dia(?!\s+e\s+mei)": "12:00",
        r"(?:a\s+)?meia[\s-]?noite": "00:00",
        r"(?:ao\s+)?meio[\s-]?dia\s+e\s+meia": "12:30",
    },
    parts={
        "AM": r"a\.?\s?m\b\.?",
        "PM": r"p\.?\s?m\b\.?",
        "MO": r"(?:d[ae]|pela|na|esta|de|amanha\s+de)\s+(?:manha|madrugada)|\bmanha\b",
        "AF": r"(?:da|a|de|na|esta|pela)\s+tarde|\btarde\b",
        "EV": r"(?:ao\s+)?(?:anoitecer|entardecer)",
        "NI": r"(?:da|a|de|na|esta|pela)\s+noite|\bnoite\b",
    },
    spoken=(
        (r"(?:as?\s+|ao?\s+)?{h}(?:\s+horas?)?\s+e\s+meia", 30),
        (r"as?\s+{h}(?:\s+horas?)?\s+e\s+{m}(?:\s+minutos)?", 0),
        (r"{h}\s+horas?\s+e\s+{m}(?:\s+minutos)?", 0),
        (r"(?:as?\s+)?{h}\s+menos\s+(?:um\s+|1\s+)?quarto", -15),
        (r"(?:as?\s+)?{h}\s+e\s+(?:um\s+|1\s+)?quarto", 15),
        (r"(?:um\s+|1\s+)?quarto\s+para\s+(?:as?\s+){h}", -15),
        (r"{less}(?:\s+minutos)?\s+para\s+(?:as?\s+|o\s+){h}", 0),
        (r"as?\s+{h}(?:\s+em\s+ponto)?(?!\s*(?:[:.h]\s?\d|e\b|menos\b|\d|horas|h\b))", 0),
        (r"{h}\s+em\s+ponto", 0),
    ),
    exact=(
        r"(?:as?\s+)?{h}:{mm}(?:\s*h\b)?",
        r"as\s+{h}\.{mm}",
        r"(?:as?\s+)?{h}\s?h\s?{mm}(?:\s?min)?",
        r"(?:as?\s+)?{h}\s?(?:h|hs|horas?)\b(?!\s+e\s+(?:meia|\d))",
    ),
    bare=(r"{h}\s+e\s+{m}", r"{h}[\s.]{mm}", r"{h}"),
    now=r"agora(?:\s+mesmo)?|ja",
)
_MONEY = MoneyWords(
    units={
        r"rea(?:l|is)": "BRL",
        r"euros?": "EUR",
        r"dolar(?:es)?(?:\s+americanos?)?": "USD",
        r"libras?": "GBP",
        r"ienes?": "JPY",
        r"francos?\s+suicos?": "CHF",
        r"pesos?": "MXN",
    },
    cents={r"centavos?|centimos?|cents?": ""},
    pieces={},
    link=r"e|com",
)
_ANSWERS = AnswerWords(
    unknown=r"(?:eu )?nao sei|sei la|nao (?:tenho|estou com) certeza|nao faco (?:a minima )?ideia|nao tenho "
    r"(?:a minima )?ideia",
    maybe=r"talvez|pode ser|possivelmente|quem sabe|provavelmente|acho que sim",
    no=r"nao|de jeito nenhum|de modo algum|nao obrigad[oa]|nunca|negativo|claro que nao|nem pensar|nao quero|"
    r"(?:isso )?nao (?:e|esta) (?:isso|correto|certo)|incorreto|errado|agora nao|ainda nao|jamais|falso",
    yes=r"sim|claro(?: que sim)?|com certeza|certo|isso(?: mesmo)?|ok(?:ay)?|ta(?: bom)?|esta (?:bem|certo|correto)|"
    r"correto|confirmo|confirmado|pode(?: sim)?|perfeito|exato|positivo|beleza|tudo bem|por favor sim|exatamente|"
    r"e isso(?: ai)?|quero|sim sim|sem duvida|de acordo|verdadeiro|uhum",
    opening=r"bem|bom|eh+|ah|hm+|entao",
    ending=r"por favor|obrigad[oa]|muito obrigad[oa]|senhora?",
    negation=r"nao|nunca",
)
PORTUGUESE = Language(
    code="pt",
    numbers=_NUMBERS,
    calendar=_CALENDAR,
    clock=_CLOCK,
    units={
        "Y": r"anos?",
        "M": r"mes(?:es)?",
        "W": r"semanas?",
        "D": r"dias?",
        "TH": r"horas?|hrs?|h",
        "TM": r"minutos?|mins?|m",
        "TS": r"segundos?|segs?|s",
        "F": r"quinzenas?",
        "X": r"decadas?",
    },
    half_unit=r"mei[oa]\s+",
    and_half=r"\s+e\s+mei[oa]",
    percent=r"por\s+cento|porcento",
    money=_MONEY,
    answers=_ANSWERS,
    address=AddressWords(
        at=r"arroba",
        marks={
            r"ponto": ".",
            r"(?:sublinhado|underline|underscore|traco\s+baixo)": "_",
            r"hifen|traco|menos": "-",
            r"mais": "+",
        },
    ),
    conjunctions=r"e|tambem|mais",
)
