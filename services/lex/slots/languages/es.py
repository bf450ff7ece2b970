"""Spanish."""

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
        "cero uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
        "diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna veintidos veintitres veinticuatro "
        "veinticinco veintiseis veintisiete veintiocho veintinueve"
    )
    | counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
    | counted(
        "cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas "
        "quinientos/quinientas seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas "
        "novecientos/novecientas",
        100,
        100,
    ),
    scales={"mil": 1000, "millon": 10**6, "millones": 10**6, "k": 1000},
    ordinals={"primero": 1, "primer": 1},
    minus=frozenset({"menos"}),
    point=frozenset({"coma", "punto"}),
    articles=frozenset({"un", "una", "uno"}),
    joint="y",
    joins="tens",
    half=r"\s+y\s+medi[oa]\b",
    repeats={"doble": 2, "triple": 3},
)
_CALENDAR = CalendarWords(
    offsets={
        r"hoy|esta\s+noche|ahora\s+mismo": 0,
        r"(?<!pasado )(?<!\bla )(?<!esta )manana": 1,
        r"(?<!antes de )ayer": -1,
        r"pasado\s+manana": 2,
        r"anteayer|antes\s+de\s+ayer|antier": -2,
        r"anoche": -1,
    },
    months="enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago "
    "septiembre/setiembre/sep/sept "
    "octubre/oct noviembre/nov diciembre/dic",
    weekdays="lunes/lun martes/mar miercoles/mie jueves/jue viernes/vie sabado/sab domingo/dom",
    units={"day": "dias?", "week": "semanas?", "month": "mes(?:es)?", "year": "anos?"},
    upcoming=(r"(?:el\s+|la\s+)?(?:proxim[oa]|siguiente)\s+", r"\s+(?:que\s+viene|proxim[oa]|que\s+entra|siguiente)"),
    current=(r"est[ea]\s+", r"(?!)"),
    past=(r"(?:el\s+|la\s+)?(?:pasad[oa]|ultim[oa])\s+", r"\s+(?:pasad[oa]|anterior)"),
    ahead=(r"(?:dentro\s+de|en|de\s+aqui\s+a)\s+{count}", r"{count}\s+(?:despues|a\s+partir\s+de\s+hoy|mas\s+tarde)"),
    ago=(r"hace\s+{count}", r"{count}\s+(?:atras|antes)"),
    written=(
        r"{day}(?:\s+de|\s+del?\s+mes\s+de)?[\s,-]+{month}(?:[\s,-]+(?:del?\s+)?(?:ano\s+)?{year})?",
        r"{month}\s+{day}(?:[\s,]+(?:del?\s+)?{year})?",
    ),
    alone=(r"(?:el|para\s+el|dia)\s+(?:dia\s+)?{day}(?=\W*$|\s+(?:de\s+este\s+mes|a\s+las?|por|en|para|y)\b)",),
    of_month=r"(?:en|para|durante|de)\s+",
)
_CLOCK = ClockWords(
    named={r"(?:a(?:l)?\s+)?medio\s?dia": "12:00", r"(?:a\s+)?(?:la\s+)?media\s?noche": "00:00"},
    parts={
        "AM": r"a\.?\s?m\b\.?",
        "PM": r"p\.?\s?m\b\.?",
        "MO": r"(?:por|de|en|a)\s+la\s+manana|esta\s+manana|(?:de\s+)?madrugada|(?<=\w\s)temprano",
        "AF": r"(?:por|de|en|a)\s+la\s+tarde|esta\s+tarde|\btarde\b",
        "EV": r"al\s+anochecer|al\s+atardecer",
        "NI": r"(?:por|de|en|a)\s+la\s+noche|esta\s+noche|\bnoche\b",
    },
    spoken=(
        (r"(?:a\s+)?las?\s+{h}\s+y\s+media", 30),
        (r"(?:a\s+)?las?\s+{h}\s+y\s+cuarto", 15),
        (r"(?:a\s+)?las?\s+{h}\s+menos\s+cuarto", -15),
        (r"(?:a\s+)?las?\s+{h}\s+y\s+{m}(?:\s+minutos)?", 0),
        (r"(?:a\s+)?las?\s+{h}\s+menos\s+{less}(?:\s+minutos)?", 0),
        (r"(?:un\s+|1\s+)?cuarto\s+para\s+las?\s+{h}", -15),
        (r"{less}(?:\s+minutos)?\s+para\s+las?\s+{h}", 0),
        (r"(?:a\s+)?las?\s+{h}(?:\s+en\s+punto)?(?!\s*(?:[:.h]\s?\d|y\b|menos\b|\d))", 0),
        (r"{h}\s+en\s+punto", 0),
        (r"(?:a\s+)?las?\s+{h}\s+{mm}", 0),
    ),
    exact=(
        r"(?:a\s+las?\s+)?{h}:{mm}(?:\s*(?:h|hs|hrs|horas)\b)?",
        r"a\s+las?\s+{h}\.{mm}",
        r"{h}\s?h\s?{mm}",
        r"(?:a\s+las?\s+)?{h}\s?(?:h|hs|hrs|horas)\b",
    ),
    bare=(
        r"{h}\s+y\s+(?P<p30>media)",
        r"{h}\s+y\s+(?P<p15>cuarto)",
        r"{h}\s+menos\s+(?P<q15>cuarto)",
        r"{h}\s+y\s+{m}",
        r"{h}[\s.]{mm}",
        r"{h}",
    ),
    now=r"ahora(?:\s+mismo)?|ya",
)
_MONEY = MoneyWords(
    units={
        r"euros?": "EUR",
        r"dolar(?:es)?(?:\s+americanos?)?": "USD",
        r"libras?(?:\s+esterlinas?)?": "GBP",
        r"pesos?(?:\s+mexicanos?)?": "MXN",
        r"yen(?:es)?": "JPY",
        r"francos?\s+suizos?": "CHF",
        r"real(?:es)?": "BRL",
        r"sol(?:es)?": "PEN",
        r"yuan(?:es)?": "CNY",
        r"rupias?": "INR",
    },
    cents={r"centimos?|centavos?|cents?": "", r"peniques?": "GBP"},
    pieces={},
    link=r"y|con",
)
_ANSWERS = AnswerWords(
    unknown=r"(?:yo )?no (?:lo )?se|ni idea|no (?:estoy )?segur[oa]|no estoy segur[oa]|no tengo (?:ni )?idea|"
    r"quien sabe",
    maybe=r"tal vez|quizas?|a lo mejor|puede(?: ser)?|posiblemente|puede que si|probablemente",
    no=r"no|nop|para nada|de ninguna manera|en absoluto|no gracias|nunca|negativo|claro que no|no quiero|"
    r"(?:eso )?no es correcto|incorrecto|por supuesto que no|jamas|todavia no|ahora no|esta mal|falso",
    yes=r"si|sip|claro(?: que si)?|por supuesto|vale|de acuerdo|ok(?:ay|ey)?|correcto|(?:eso )?es correcto|exacto|"
    r"confirmo|confirmado|asi es|perfecto|desde luego|seguro|esta bien|bueno|adelante|afirmativo|sale|eso es|"
    r"como no|muy bien|bien|exactamente|si si|efectivamente|verdadero",
    opening=r"pues|bueno|eh+|mm+|oh|ah",
    ending=r"por favor|gracias|muchas gracias|senor|senora|porfa|porfavor",
    negation=r"no|nunca",
)
SPANISH = Language(
    code="es",
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
        "F": r"quincenas?",
        "X": r"decadas?",
    },
    half_unit=r"medi[oa]\s+",
    and_half=r"\s+y\s+medi[oa]",
    percent=r"por\s+cien(?:to)?|porcentaje",
    money=_MONEY,
    answers=_ANSWERS,
    address=AddressWords(at=r"arroba", marks={r"punto": ".", r"guion\s+bajo": "_", r"guion|menos": "-", r"mas": "+"}),
    conjunctions=r"y|e|ademas|tambien",
)
