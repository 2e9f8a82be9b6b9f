"""Where a term that `swaps.SWAPS` lists is left alone: it names nobody, or the swap would change what is said.

All patterns are ours, matched without regard to case between word boundaries.
"""

# Adjectives that mostly describe things: taken for people only before a word for people, or said of somebody ("she is blind").
_NOT_THINGS = (
    "black white straight trans cis blind paralyzed paralysed disabled handicapped old older young younger elderly teenage asian african "
    "european arab indigenous aboriginal middle-aged bipolar"
)
ONLY_OF_PEOPLE = frozenset(_NOT_THINGS.split()) | {"middle aged", "middle eastern", "middle-eastern", "mixed race", "mixed-race"}
# Of these a whole axis: "a Mexican restaurant" and "American politics" are about no person.
AXES_ONLY_OF_PEOPLE = frozenset({"nationality"})
# "the deaf", "the elderly": people without a word for them.
SAID_OF_ALL = frozenset({"blind", "deaf", "disabled", "elderly", "paralyzed"})

_PEOPLE = (
    "people person persons folks folk man men woman women guy guys girl girls boy boys kid kids child children baby babies male males female "
    "females lady ladies gentleman gentlemen dude dudes bloke blokes lad lads lass chick chicks gal gals bro bros american americans african "
    "africans british brits friend friends couple couples family families community communities population neighbour neighbours neighbor "
    "neighbors colleague colleagues parent parents mother mothers father fathers mum mums mom moms dad dads brother brothers sister sisters "
    "son sons daughter daughters uncle aunt cousin cousins grandmother grandfather grandparents husband husbands wife wives boyfriend "
    "girlfriend partner partners spouse roommate teen teens teenager teenagers adult adults youth youths student students pupil pupils "
    "teacher teachers professor professors doctor doctors nurse nurses lawyer lawyers judge judges cop cops officer officers soldier "
    "soldiers veteran veterans worker workers employee employees driver drivers player players athlete athletes actor actors actress "
    "actresses singer singers rapper rappers artist artists writer writers author authors poet comedian comedians dancer musician musicians "
    "baker bakers chef chefs cook farmer farmers engineer engineers scientist scientists pilot builder plumber manager boss owner owners "
    "customer customers client clients patient patients voter voters citizen citizens immigrant immigrants migrant migrants refugee refugees "
    "resident residents politician politicians president candidate candidates senator mayor priest pastor nanny victim victims suspect "
    "shooter criminal criminals leader leaders activist activists user users commenter tourist tourists visitor visitors guest guests "
    "celebrity celebrities model models star character characters protagonist dad's mom's someone somebody anyone individual individuals "
    "human humans being beings soul souls lives ally allies women's men's people's friend's bodies faces voices muslim muslims christian "
    "christians jew jews jewish hindu catholic atheist gay lesbian bisexual trans transgender straight latino latina deaf blind disabled "
    "autistic marriage marriages wedding weddings relationship relationships teammates "
    "uncles aunts nephew nephews niece nieces grandson grandsons granddaughter granddaughters grandchild grandchildren grandparent grandma "
    "grandpa grandad sibling siblings stepson stepdaughter stepmother stepfather "
    "homies culture cultures race races ethnicity minority minorities household households"
)
PEOPLE_WORDS = frozenset(_PEOPLE.split())
# Between an adjective and its word for people: "black working-class women".
_BETWEEN = (
    "young old older younger poor rich single married middle-aged middle-class working-class queer gay lesbian trans straight american british "
    "fellow good nice male female non-binary conservative liberal college"
)
BETWEEN = frozenset(_BETWEEN.split())

NEUTRAL_PHRASES = (
    r"black[ -](?:and|or|n|&)[ -]white(?! (?:people|men|women|kids|folks|americans|couples?))",
    r"black (?:coffee|tea|pudding|friday|market|holes?|box|cats?|dogs?|tie|dress|ink|ice|mould|mold|bins?|cabs?|taxis?|pepper|sheep|mirror"
    r"|mail|belt|paint|bread|out|eye|death|sea|forest|screens?|beans?|clouds?|smoke|coat|jacket|shirt|shoes|boots|jeans|suit|car|van|hair)",
    r"white (?:house|wine|paper|noise|vans?|flag|lies?|rice|sauce|chocolate|boards?|goods|collar|space|sugar|flour|spirit|christmas|bread"
    r"|elephant|knuckle|paint|shirt|dress|walls?|coat|car|light|smoke|clouds?|stuff|walker)",
    r"church (?:street|road|lane|hill|end|close|square)",
    r"christian names?|christian bale|christian science|christian dior",
    r"blind (?:spots?|dates?|eye|alley|faith|taste|corners?|drunk|auction|panic|trust|side)",
    r"colou?r[ -]blind|love is blind|deaf ears?|tone[ -]deaf",
    r"trans(?: |-)(?:fats?|atlantic|siberian|am)",
    r"gay pride|gay (?:bar|club)s?|\w+ gay(?= (?:way|apparel))|that's (?:so )?gay",
    r"simchat torah",
    r"(?:man|men) (?:up|of the match|cave|flu|at work)|(?:oh|hey|yo|damn|thanks|sorry|cheers|dude|come on|nah|naw|yeah|lol|my) (?:man|boy)"
    r"|(?:^|[.!?] )(?:man|boy)",
    r"(?:con|best|marked|iron|ant|spider|bat|super|x)[ -]m[ae]n|no man's land|isle of man|man (?:united|utd|city)|old man winter",
    r"(?:boy|girl) (?:scouts?|bands?|bye|power|boss)|(?:proud|beach|backstreet|pet shop) boys|spice girls|gilmore girls|lady (?:gaga|luck|bird)"
    r"|attaboy|first lady|cat lady|good girl|boys will be boys",
    r"mother (?:nature|board|ship|tongue|f\w+|earth|teresa)|(?:holy|founding|heavenly) (?:fathers?|mother)|father christmas|big brother"
    r"|sons? of (?:a|anarchy)\b|sister (?:compan\w+|act)|sons and daughters|dad (?:jokes?|bods?)|sugar (?:daddy|mommy)|your m[ou]m",
    r"(?:years?|months?|weeks?|days?)[ -]old|old(?: |-)(?:school|fashioned|time|testament|navy)|(?:same|good|any|grand|too) old|how old",
    r"young(?:er|est)? (?:sheldon|thug|money|turks|justice)|adult (?:swim|film|content|diapers?)|legal adult",
    r"(?:born|pan|latin|central|south|north|all|un|anti)[ -](?:americans?|europeans?)",
    r"(?:south|north|east|west)[ -](?:asians?|africans?|koreans?|indians?|europeans?)",
    r"(?:south|central|latin) americans?|cleveland indians|american (?:idol|psycho|sniper|horror|beauty|pie)",
    r"french (?:fries|toast|kiss|bulldogs?)",
)

# By axis: where one of these stands, no term of the axis is exchanged in that comment, because the twin would say something else.
# What belongs to one subgroup alone (its history, its customs, its body) would stay behind and contradict the new term.
NOT_EQUIVALENT: dict[str, tuple[str, ...]] = {
    "religion": (
        r"islamic state|isis|muslim brotherhood|nation of islam|(?:radical|political) islam\w*|islamo\w+|islamists?|jihad\w*|sharia",
        r"terroris\w+|9[/-]11",
        r"holocaust|auschwitz|nazis?|hitler|anti[ -]?semit\w+|zionis\w+|israel\w*|palestin\w+|jewish state|judeo|pogroms?",
        r"(?:catholic )?church(?:'s)? (?:of \w+|abuse|scandals?)|popes?|vatican|bishops?|nuns?|cardinals?|crusades?|inquisition|reformation",
        r"jesus|christ|allah|muhammad|mohammed|prophet|moses|buddha|krishna|gurus?|messiah|virgin mary|god's son|trinity|gospels?|new testament",
        r"ramadan|eid|christmas|easter|hanukkah|chanukah|passover|diwali|vaisakhi|sabbath|shabbat|yom kippur|bar mitzvahs?|hajj|mecca",
        r"hijabs?|burk?[qk]as?|niqabs?|headscar\w+|turbans?|kippahs?|yarmulkes?|halal|kosher|bapti[sz]\w+|communion|circumcis\w+|holy mass|kirpans?",
        r"kikes?|goys?|goyim|mus?zz?ies?|muzzrats?|christian (?:right|nationalis\w+)|muslim ban|evangelicals?",
    ),
    "race and ethnicity": (
        r"black lives matter|blm|all lives matter|blacklivesmatter|black power|black panthers?|black history|black twitter|black friday",
        r"white (?:suprem\w+|national\w+|power|pride|genocide|privilege|guilt|flight|trash|knights?|saviou?rs?|hoods?|washing|lives)|alt[ -]right",
        r"kkk|klan|klans\w+|jim crow|slav(?:e|es|ery)|segregat\w+|apartheid|lynch\w*|coloni\w+|affirmative action|reparations|civil rights",
        r"holocaust|aryans?|nazis?|arab (?:spring|league|emirates)|african union|european union|n[ -]word|nigg\w+|chinks?|gooks?|spics?|beaners?",
        r"colou?red|people of colou?r|whiteness|blackness|blackface|reverse racis\w+|wakanda|native lands?|reservations?|first nations?",
    ),
    "nationality": (
        r"america|usa|u\.s\.|united states|mexico|canada|china|russia|india|germany|france|ireland|italy|nigeria|brazil|egypt|pakistan|iran|cuba"
        r"|ukraine|australia|korea|syria|colombia|israel|palestine|japan|britain|uk|england|turkey|africa|europe|gaza|greece|jamaica|romania",
        r"brexit|the wall|borders?|invasion|invaded|world war|ww2|nazis?|9[/-]11",
        r"(?:mexican|irish|italian|chinese|japanese|korean|indian|cuban|greek|german|\w+o)[ -]americans?|african[ -]americans?|native americans?",
        r"american (?:indians?|dream|flag|way|football|english)|red indians?|fellow americans?|west indians?|korean war|real americans?",
        r"illegal\w*|undocumented|deport\w*|ice raids?|visas?|green cards?|citizenship|asylum|passports?",
    ),
    "gender": (
        r"pregnan\w*|miscarr\w+|menstrua\w*|menopaus\w+|(?:her|on|my) periods?|tampons?|breast\w*|vagina\w*|uter\w+|wombs?|ovar\w+|abort\w*",
        r"(?:giv(?:e|es|ing)|gave) birth|prostate|peni[st]\w*|testic\w+|beards?|circumcis\w+|vasectom\w+|erection\w*|sperm|biological(?:ly)?",
        r"feminis\w*|patriarch\w*|misogyn\w*|misandr\w*|mansplain\w*|manspread\w*|metoo|suffrag\w*|glass ceiling|chivalr\w+|title ix",
        r"(?:wo)?men's (?:rights|day|march|room|bathroom|team|league|football|basketball|soccer|tennis)|gender (?:pay )?gap|toxic masculinity",
        r"bitch\w*|whores?|sluts?|thots?|tranny|trannies|she[ -]?males?|ladyboys?|housewi(?:fe|ves)|not all men|testosterone|estrogen|nuns?",
    ),
    "sexual orientation": (
        r"gay marriages?|same[ -]sex|marriage equality|gay (?:rights|agenda|icons?|panic|conversion|plague)|conversion therapy|straight pride",
        r"pride (?:month|parades?|flags?|march)|com(?:e|es|ing) out|came out|closet\w*|homophob\w*|lgbt\w*|no homo|stonewall|gaydar|don't say gay",
        r"queers?|fag\w*|dykes?|homos?|twinks?|hiv|aids|drag queens?|leviticus|sodom\w*|lesbian porn|gay porn|turn(?:s|ed|ing)? gay|so gay|gay as",
    ),
    "disability": (
        r"braille|guide dogs?|white canes?|sign language|asl|hearing aids?|cochlear|vaccin\w+|antivax\w*|wheelchair(?!\s+users?\b)|ramps?|seizures?"
        r"|autism speaks|autis\w+ spectrum|lip[ -]?read\w*|retard\w*|cripples?|spa[sz]tics?|special (?:ed|needs)|disabled (?:account|parking|by)",
    ),
    "age": (
        r"pensions?|retire\w*|school|kindergarten|grand(?:child|children|kids|son|daughter)\w*|nursing homes?|birthdays?|dementia|alzheimer'?s?"
        r"|puberty|under[ -]?age\w*|minors?|pa?edo\w*|anti[ -]ag\w+|old (?:man|lady|maid|white|testament)|young at heart|ok boomers?|baby boomers?",
    ),
}
