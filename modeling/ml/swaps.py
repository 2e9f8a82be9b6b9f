"""The terms that counterfactual twins may exchange: one family per subgroup, one column per grammatical form.

Deliberately not here: dishes, festivals, places, dialect, reclaimed words, nationalities, first names. What the pairing term teaches
about listed terms must be told apart from what it does to others.
"""

Family = dict[str, tuple[str, ...]]
"""{form: surfaces}; the first surface is written into twins, the others are only recognised."""


def _family(**forms: str) -> Family:
    return {form: tuple(surfaces.split("|")) for form, surfaces in forms.items()}


# A list of families exchanges terms among its members only, so a swap never crosses it (nor an axis).
# One family a paragraph reads as the table it is; one form a line does not.
# fmt: off
SWAPS: dict[str, tuple[Family, ...]] = {
    "religion": (
        _family(
            person="muslim", people="muslims", adjective="muslim|islamic", faith="islam", place="mosque", places="mosques",
            leader="imam", leaders="imams", book="quran|qur'an|koran",
        ),
        _family(
            person="christian", people="christians", adjective="christian", faith="christianity", place="church", places="churches",
            leader="pastor|vicar", leaders="pastors|vicars", book="bible",
        ),
        _family(
            person="catholic", people="catholics", adjective="catholic", faith="catholicism", place="catholic church",
            places="catholic churches", leader="priest", leaders="priests",
        ),
        _family(
            person="jew", people="jews", adjective="jewish", faith="judaism", place="synagogue", places="synagogues",
            leader="rabbi", leaders="rabbis", book="torah",
        ),
        _family(
            person="hindu", people="hindus", adjective="hindu", faith="hinduism", place="hindu temple|mandir",
            places="hindu temples|mandirs", leader="pandit", leaders="pandits",
        ),
        _family(person="buddhist", people="buddhists", adjective="buddhist", faith="buddhism", place="buddhist temple", places="buddhist temples"),
        _family(person="sikh", people="sikhs", adjective="sikh", faith="sikhism", place="gurdwara", places="gurdwaras"),
        _family(person="atheist", people="atheists", adjective="atheist", faith="atheism"),
    ),
    "race and ethnicity": (
        _family(adjective="black", people="blacks"),
        _family(adjective="white|caucasian", people="whites|caucasians"),
        _family(adjective="asian", person="asian", people="asians"),
        _family(adjective="latino|latina|latinx|hispanic", person="latino|latina|hispanic", people="latinos|latinas|hispanics"),
        _family(adjective="arab", person="arab", people="arabs"),
        _family(
            adjective="african american|african-american", person="african american|african-american",
            people="african americans|african-americans",
        ),
        _family(adjective="native american", person="native american", people="native americans"),
        _family(adjective="indigenous|aboriginal"),
    ),
    "gender": (
        _family(
            person="woman", people="women", adjective="female", sexes="females", youth="girl", youths="girls", polite="lady",
            polites="ladies", subject="she", object="her", possessive="her", possessive_alone="hers", reflexive="herself",
            parent="mother", parents="mothers", dear="mum|mom", spouse="wife", spouses="wives", sibling="sister", siblings="sisters",
            child="daughter", children="daughters", elder="grandmother", dear_elder="grandma|nan|gran",
        ),
        _family(
            person="man", people="men", adjective="male", sexes="males", youth="boy", youths="boys", polite="gentleman",
            polites="gentlemen", subject="he", object="him", possessive="his", possessive_alone="his", reflexive="himself",
            parent="father", parents="fathers", dear="dad", spouse="husband", spouses="husbands", sibling="brother", siblings="brothers",
            child="son", children="sons", elder="grandfather", dear_elder="grandad|grandpa",
        ),
    ),
    "gender: modality": (
        _family(adjective="transgender|transsexual", short="trans"),
        _family(adjective="cisgender", short="cis"),
        _family(adjective="non-binary|nonbinary", short="non-binary"),
    ),
    "sexual orientation": (
        _family(adjective="gay", people="gays", person="gay", clinical="homosexual", clinicals="homosexuals", noun="homosexuality"),
        _family(adjective="straight", clinical="heterosexual", clinicals="heterosexuals", noun="heterosexuality"),
        _family(adjective="lesbian", person="lesbian", people="lesbians", noun="lesbianism"),
        _family(adjective="bisexual", person="bisexual", people="bisexuals", noun="bisexuality"),
        _family(adjective="asexual", noun="asexuality"),
        _family(adjective="pansexual", noun="pansexuality"),
    ),
    "disability": (
        _family(adjective="blind|visually impaired", noun="blindness|sight loss"),
        _family(adjective="deaf|hard of hearing", noun="deafness|hearing loss"),
        _family(adjective="disabled|paraplegic", noun="a disability"),
        _family(person="wheelchair user", people="wheelchair users"),
        _family(person="amputee", people="amputees"),
        _family(adjective="autistic", noun="autism"),
        _family(adjective="dyslexic", person="dyslexic", people="dyslexics", noun="dyslexia"),
        _family(adjective="epileptic", person="epileptic", people="epileptics", noun="epilepsy"),
        _family(adjective="schizophrenic", person="schizophrenic", people="schizophrenics", noun="schizophrenia"),
        _family(adjective="bipolar", noun="bipolar disorder"),
        _family(noun="cerebral palsy"),
        _family(noun="down's syndrome|down syndrome"),
        _family(noun="ADHD"),
    ),
}
# fmt: on

# Swapped along, but naming no subgroup by themselves: "my mum and her car" has no twin, "the woman and her car" has.
DEPENDENT_FORMS = frozenset(
    {"subject", "object", "possessive", "possessive_alone", "reflexive", "parent", "parents", "dear", "spouse", "spouses"}
    | {"sibling", "siblings", "child", "children", "elder", "dear_elder"}
)

# Words that look like identity terms and name nobody: left alone.
NEUTRAL_PHRASES = (
    r"black[ -]and[ -]white",
    r"black (?:coffee|tea|pudding|friday|market|holes?|box|cats?|dogs?|tie|dress|ink|ice|mould|mold|bins?|cabs?|taxis?|pepper|sheep|mirror"
    r"|mail|belt|paint|bread|out|eye|death|sea|forest|screens?|beans?|clouds?|smoke|coat|jacket|shirt|shoes|boots|jeans|suit|car|van|hair)",
    r"white (?:house|wine|paper|noise|vans?|flag|lies?|rice|sauce|chocolate|boards?|goods|collar|space|sugar|flour|spirit|christmas|bread"
    r"|elephant|knuckle|paint|shirt|dress|walls?|coat|car|light|smoke|clouds?|stuff)",
    r"church (?:street|road|lane|hill|end|close|square)",
    r"blind (?:spots?|dates?|eye|alley|faith|taste|corners?|drunk|auction|panic|trust|side)",
    r"deaf ears?",
    r"trans(?: |-)(?:fats?|atlantic|siberian|am)",
    r"gay pride",
    r"simchat torah",
    r"man (?:up|of the match|cave|flu)",
)

# "straight" names somebody only before a word for people or their lives.
STRAIGHT_BEFORE = (
    "people|persons?|man|men|woman|women|guys?|girls?|boys?|lads?|lass|couples?|friends?|folks?|marriages?|weddings?|white|male|female|allies|ally"
    "|dads?|mums?|parents?|neighbours?|neighbors?|colleagues?|kids?|teens?|teenagers?|players?|singers?|community|relationships?|dudes?"
)
