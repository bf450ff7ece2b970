"""Well-known cities, and the states of countries that are asked for by state."""

CITIES = tuple(
    """New York,Los Angeles,Chicago,Houston,Phoenix,Philadelphia,San Antonio,San Diego,Dallas,San Jose,
Austin,San Francisco,Seattle,Denver,Washington,Washington DC,Boston,Las Vegas,Portland,Detroit,
Memphis,Atlanta,Miami,Minneapolis,New Orleans,Orlando,Cleveland,Honolulu,Salt Lake City,Nashville,
Toronto,Montreal,Vancouver,Calgary,Ottawa,Quebec,London,Manchester,Birmingham,Liverpool,Leeds,
Glasgow,Edinburgh,Cardiff,Belfast,Bristol,Dublin,Cork,Paris,Lyon,Marseille,Toulouse,Nice,Nantes,
Strasbourg,Bordeaux,Lille,Madrid,Barcelona,Valencia,Sevilla,Seville,Zaragoza,Málaga,Bilbao,Berlin,
Hamburg,München,Munich,Köln,Cologne,Frankfurt,Stuttgart,Düsseldorf,Leipzig,Dresden,Hannover,
Nürnberg,Wien,Vienna,Salzburg,Graz,Zürich,Genf,Genève,Geneva,Basel,Bern,Roma,Rome,Milano,Milan,
Napoli,Naples,Torino,Turin,Firenze,Florence,Venezia,Venice,Bologna,Palermo,Genova,Lisboa,Lisbon,
Porto,Braga,Coimbra,São Paulo,Rio de Janeiro,Brasília,Salvador,Fortaleza,Belo Horizonte,Manaus,
Curitiba,Recife,Porto Alegre,Ciudad de México,Mexico City,Guadalajara,Monterrey,Tijuana,Cancún,
Bogotá,Medellín,Cali,Lima,Santiago,Buenos Aires,Córdoba,Rosario,Montevideo,Quito,Caracas,La Paz,
Havana,La Habana,Panama City,Amsterdam,Rotterdam,Brussels,Bruxelles,Brüssel,Antwerp,Copenhagen,
Stockholm,Oslo,Helsinki,Warsaw,Prague,Budapest,Bucharest,Athens,Istanbul,Moscow,Kyiv,Cairo,Lagos,
Nairobi,Johannesburg,Cape Town,Casablanca,Dubai,Abu Dhabi,Tel Aviv,Mumbai,Delhi,New Delhi,Bangalore,
Chennai,Kolkata,Hyderabad,Karachi,Dhaka,Bangkok,Singapore,Kuala Lumpur,Jakarta,Manila,Hong Kong,
Shanghai,Beijing,Taipei,Seoul,Tokyo,Osaka,Kyoto,Sydney,Melbourne,Brisbane,Perth,Adelaide,Auckland,
Wellington""".replace("\n", "").split(",")
)
STATES = tuple(
    """Alabama,Alaska,Arizona,Arkansas,California,Colorado,Connecticut,Delaware,Florida,Georgia,Hawaii,
Idaho,Illinois,Indiana,Iowa,Kansas,Kentucky,Louisiana,Maine,Maryland,Massachusetts,Michigan,
Minnesota,Mississippi,Missouri,Montana,Nebraska,Nevada,New Hampshire,New Jersey,New Mexico,New York,
North Carolina,North Dakota,Ohio,Oklahoma,Oregon,Pennsylvania,Rhode Island,South Carolina,
South Dakota,Tennessee,Texas,Utah,Vermont,Virginia,Washington,West Virginia,Wisconsin,Wyoming,
New South Wales,Queensland,South Australia,Tasmania,Victoria,Western Australia,Ontario,Québec,
British Columbia,Alberta,Manitoba,Saskatchewan,Nova Scotia,New Brunswick,Newfoundland,Bayern,Baden-
Württemberg,Hessen,Sachsen,Brandenburg,Niedersachsen,Nordrhein-Westfalen,Rheinland-Pfalz,Saarland,
Thüringen,Schleswig-Holstein,Mecklenburg-Vorpommern,Andalucía,Cataluña,Galicia,Aragón,Asturias,
Cantabria,Extremadura,Jalisco,Chiapas,Oaxaca,Yucatán,Sonora,Chihuahua,Bahia,Minas Gerais,Paraná,
Pernambuco,Ceará,Santa Catarina,Rio Grande do Sul,Lombardia,Toscana,Sicilia,Veneto,Piemonte,Liguria,
Lazio,Campania,Puglia,Calabria,Sardegna""".replace("\n", "").split(",")
)
