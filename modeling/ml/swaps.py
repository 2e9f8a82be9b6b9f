"""The terms that counterfactual twins may exchange: one family per subgroup, one column per grammatical form.

Deliberately not here: dishes, festivals, dialect, reclaimed words and slurs (a slur is not equivalent to a neutral term), and the terms of
`probe_terms.KEPT_FOR_PROBES`. What the pairing term teaches about listed terms must be told apart from what it does to others.
"""

from collections.abc import Collection

Family = dict[str, tuple[str, ...]]
"""{form: surfaces}; the first surface is written into twins, the others are only recognised. Names keep their place in the row."""


def _family(**forms: str) -> Family:
    return {form: tuple(surfaces.split("|")) for form, surfaces in forms.items()}


def _nation(adjective: str, people: str = "") -> Family:
    """A demonym; those without a plural of their own (French, Chinese) stand only before a word for people."""
    return _family(adjective=adjective, person=adjective, people=people) if people else _family(adjective=adjective)


# Swaps stay within a list, so never cross an axis (the part of its name before the colon).
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
        _family(adjective="african", person="african", people="africans"),
        _family(adjective="european", person="european", people="europeans"),
        _family(adjective="middle eastern|middle-eastern"),
        _family(adjective="mixed-race|mixed race|biracial"),
    ),
    "nationality": (
        _nation("american", "americans"), _nation("canadian", "canadians"), _nation("mexican", "mexicans"), _nation("nigerian", "nigerians"),
        _nation("indian", "indians"), _nation("german", "germans"), _nation("russian", "russians"), _nation("brazilian", "brazilians"),
        _nation("italian", "italians"), _nation("egyptian", "egyptians"), _nation("pakistani", "pakistanis"), _nation("iranian", "iranians"),
        _nation("cuban", "cubans"), _nation("ukrainian", "ukrainians"), _nation("australian", "australians"), _nation("korean", "koreans"),
        _nation("syrian", "syrians"), _nation("colombian", "colombians"), _nation("israeli", "israelis"), _nation("palestinian", "palestinians"),
        _nation("ethiopian", "ethiopians"), _nation("romanian", "romanians"), _nation("greek", "greeks"), _nation("jamaican", "jamaicans"),
        _nation("chinese"), _nation("japanese"), _nation("british"), _nation("french"), _nation("irish"), _nation("turkish"), _nation("dutch"),
    ),
    "nationality: migration": (
        _family(person="immigrant", people="immigrants"),
        _family(person="migrant", people="migrants"),
        _family(person="refugee", people="refugees"),
        _family(person="foreigner", people="foreigners"),
        _family(person="newcomer", people="newcomers"),
        _family(person="tourist", people="tourists"),
    ),
    "gender": (
        _family(
            person="woman", people="women", adjective="female", sexes="females", youth="girl", youths="girls", polite="lady",
            polites="ladies", subject="she", object="her", possessive="her", possessive_alone="hers", reflexive="herself",
            parent="mother", parents="mothers", dear="mum|mom", spouse="wife", spouses="wives", sibling="sister", siblings="sisters",
            child="daughter", children="daughters", elder="grandmother", dear_elder="grandma|nan|gran", love="girlfriend", loves="girlfriends",
            aunt="aunt|auntie", niece="niece",
            name_english="sarah|emma|emily|jessica|laura|hannah|rachel|amanda|susan|jennifer|rebecca|megan",
            name_spanish="carmen|lucia|guadalupe|rosa|gabriela|ana", name_arabic="fatima|aisha|layla|zainab|khadija",
            name_indian="priya|anjali|sunita|deepa", name_african_american="keisha|latoya|tamika|shanice",
            name_hebrew="rivka|shira|miriam", name_nigerian="ngozi|chioma|folake",
        ),
        _family(
            person="man", people="men", adjective="male", sexes="males", youth="boy|guy", youths="boys", polite="gentleman",
            polites="gentlemen", subject="he", object="him", possessive="his", possessive_alone="his", reflexive="himself",
            parent="father", parents="fathers", dear="dad", spouse="husband", spouses="husbands", sibling="brother", siblings="brothers",
            child="son", children="sons", elder="grandfather", dear_elder="grandad|grandpa", love="boyfriend", loves="boyfriends",
            aunt="uncle", niece="nephew",
            name_english="james|david|michael|daniel|andrew|thomas|peter|kevin|brian|steven|matthew|jason",
            name_spanish="carlos|miguel|javier|luis|alejandro|pedro", name_arabic="ahmed|omar|hassan|yusuf|tariq",
            name_indian="rahul|arjun|sanjay|vikram", name_african_american="jamal|darnell|tyrone|deshawn",
            name_hebrew="moshe|shlomo|yosef", name_nigerian="emeka|chidi|tunde",
        ),
        _family(
            person="non-binary person|nonbinary person", people="non-binary people|nonbinary people|enbies", subject="they", object="them",
            possessive="their", possessive_alone="theirs", reflexive="themself|themselves",
        ),
        _family(
            person="genderqueer person", people="genderqueer people", subject="ze", object="zir|hir", possessive="zir|hir",
            possessive_alone="zirs|hirs", reflexive="zirself|hirself",
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
        _family(adjective="disabled|handicapped", noun="a disability"),
        _family(adjective="paralyzed|paralysed", noun="paralysis"),
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
    "age": (
        _family(adjective="old", comparative="older"),
        _family(adjective="young", comparative="younger"),
        _family(adjective="elderly"),
        _family(adjective="teenage", person="teenager|teen", people="teenagers|teens"),
        _family(adjective="middle-aged|middle aged"),
        _family(person="adult", people="adults"),
        _family(person="millennial", people="millennials"),
        _family(person="boomer", people="boomers"),
    ),
}
# fmt: on

Place = tuple[str, int]
"""A family: (its list in SWAPS, its number there)."""

THEY: Place = ("gender", 2)
"""Whose pronouns take a plural verb."""

SELDOM_WRITTEN: frozenset[Place] = frozenset({THEY, ("gender", 3)})
"""Written into a fifth of the twins at most: they are a small share of the people whom comments are about."""

# Swapped along, but naming no subgroup by themselves: "she lost her keys" has no twin, "the woman lost her keys" has. So with spouses
# and lovers: "his wife rang" -> "his husband rang" would change the orientation, not the gender, of the one who is spoken of.
DEPENDENT_FORMS = frozenset({"subject", "object", "possessive", "possessive_alone", "reflexive", "spouse", "spouses", "love", "loves"})


def axis_of(swap_list: str) -> str:
    """The axis of a list of `SWAPS`: `gender: modality` -> `gender`."""
    return swap_list.split(":")[0]


SWAP_AXES: tuple[str, ...] = tuple(dict.fromkeys(map(axis_of, SWAPS)))


def known_axes(names: Collection[str]) -> Collection[str]:
    """`names` as they are. Raises ValueError for one that is no axis: left out in silence, it would leave nothing out.

    Here and not in `TrainingConfig`, which the measures read and which therefore knows nothing of this package.
    """
    unknown = sorted(set(names) - set(SWAP_AXES))
    if unknown:
        raise ValueError(f"axes_left_out must be of {', '.join(SWAP_AXES)}, not {', '.join(map(repr, unknown))}")
    return names
