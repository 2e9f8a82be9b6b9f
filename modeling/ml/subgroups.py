"""Which subgroups a text mentions, by a term list of ours: for data sets that come without identity columns.

A term names a subgroup: its people, their faith or condition, or a word for them, slurs among those. A word that mostly means
something else (a colour, `straight`, `blind`, `trans`) counts only before a word for people, and no term counts inside a
longer phrase of `DECOYS` ("mother nature", "deaf ears"). The list says who is mentioned, not who writes.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

TEXTS_PER_ZONE = 500
"""Texts after which spaCy forgets the words that it met: its vocabulary would otherwise grow with the file."""

PEOPLE = (
    "people, person, persons, man, men, woman, women, guy, guys, girl, girls, boy, boys, kid, kids, child, children, folk, folks, "
    "male, males, female, females, lady, ladies, gentleman, gentlemen, community, communities, family, families, friend, friends, "
    "student, students, teen, teens, teenager, teenagers, youth, youths, adult, adults, parent, parents, mother, mothers, father, "
    "fathers, mom, moms, mum, mums, dad, dads, brother, brothers, sister, sisters, couple, couples, neighbour, neighbours, neighbor, "
    "neighbors, worker, workers, voter, voters, citizen, citizens, immigrant, immigrants, population, victim, victims, lives, "
    "player, players, actor, actors, veteran, veterans, colleague, colleagues, american, americans, christian, christians"
)


def _terms(listed: str, before_people: str = "") -> tuple[str, ...]:
    people = [word.strip() for word in PEOPLE.split(",")]
    phrases = [f"{word.strip()} {person}" for word in before_people.split(",") if word for person in people]
    return tuple(dict.fromkeys([term.strip() for term in listed.split(",")] + phrases))


TERMS: dict[str, tuple[str, ...]] = {
    "asian": _terms(
        "asian, asians, chinese, japanese, korean, koreans, vietnamese, filipino, filipinos, filipina, "
        "filipinas, thai, thais, taiwanese, indian, indians, pakistani, pakistanis, bangladeshi, bangladeshis, sri lankan, sri lankans, "
        "nepali, nepalis, nepalese, indonesian, indonesians, malaysian, malaysians, cambodian, cambodians, laotian, laotians, burmese, "
        "mongolian, mongolians, chinaman, chinamen, chink, chinks, gook, gooks, paki, pakis, orientals"
    ),
    "black": _terms(
        "blacks, african american, african americans, african-american, african-americans, afro-american, afro-americans, "
        "afro-caribbean, afro-caribbeans, african, africans, black british, black lives matter, blm, blackness, negro, negroes, "
        "negros, nigger, niggers, coon, coons, pickaninny",
        before_people="black",
    ),
    "white": _terms(
        "whites, caucasian, caucasians, european american, european americans, anglo-saxon, anglo-saxons, white supremacy, "
        "white supremacist, white supremacists, white nationalist, white nationalists, white nationalism, white privilege, "
        "white trash, whiteness, whitey, whiteys, honky, honkies",
        before_people="white",
    ),
    "latino": _terms(
        "latino, latinos, latina, latinas, latinx, latine, hispanic, hispanics, mexican, mexicans, "
        "puerto rican, puerto ricans, cuban, cubans, salvadoran, salvadorans, guatemalan, guatemalans, "
        "honduran, hondurans, venezuelan, venezuelans, colombian, colombians, ecuadorian, ecuadorians, peruvian, peruvians, "
        "chicano, chicanos, chicana, chicanas, spic, spics, wetback, wetbacks, beaner, beaners"
    ),
    "other_race_or_ethnicity": _terms(
        "native american, native americans, american indian, american indians, alaska native, alaska natives, alaskan native, "
        "alaskan natives, native hawaiian, native hawaiians, pacific islander, pacific islanders, indigenous, first nation, "
        "first nations, aboriginal, aboriginals, aborigine, aborigines, inuit, eskimo, eskimos, metis, métis, maori, maoris, māori, "
        "arab, arabs, arabian, arabians, middle eastern, middle easterner, middle easterners, kurd, kurds, kurdish, persian, "
        "persians, roma people, romani, gypsy, gypsies, mixed race, mixed-race, biracial, multiracial, people of colour, people of "
        "color, person of colour, person of color, women of colour, women of color, woman of colour, woman of color, men of colour, "
        "men of color, man of colour, man of color, bipoc, redskin, redskins",
        before_people="brown",
    ),
    "male": _terms(
        "man, men, male, males, boy, boys, guy, bloke, blokes, lad, lads, gentleman, gentlemen, husband, husbands, father, fathers, "
        "dad, dads, daddy, grandfather, grandfathers, grandad, grandpa, son, sons, uncle, uncles, nephew, nephews, brother, brothers, "
        "boyfriend, boyfriends, schoolboy, schoolboys, masculine, masculinity, manhood, fatherhood"
    ),
    "female": _terms(
        "woman, women, female, females, girl, girls, lady, ladies, wife, wives, mother, mothers, mom, moms, mum, mums, mommy, "
        "grandmother, grandmothers, grandma, daughter, daughters, sister, sisters, aunt, aunts, auntie, niece, nieces, girlfriend, "
        "girlfriends, schoolgirl, schoolgirls, housewife, housewives, feminine, femininity, womanhood, motherhood, feminist, "
        "feminists, feminism, feminazi, feminazis, whore, whores, slut, sluts"
    ),
    "transgender": _terms(
        "transgender, transgenders, transgendered, transsexual, transsexuals, transwoman, transwomen, transman, transmen, "
        "trans rights, trans identity, trans-identified, trans and non-binary, trans and nonbinary, "
        "transphobia, transphobic, tranny, trannies, shemale, shemales",
        before_people="trans",
    ),
    "other_gender": _terms(
        "non-binary, nonbinary, non binary, genderqueer, gender-queer, genderfluid, gender fluid, gender-fluid, agender, bigender, "
        "intersex, two-spirit, two spirit, enby, enbies, gender nonconforming, gender-nonconforming, gender non-conforming, "
        "third gender"
    ),
    "heterosexual": _terms(
        "heterosexual, heterosexuals, heterosexuality, hetero, heteros, straights, straight pride, straight marriage, "
        "straight or gay, gay or straight, gay and straight, straight and gay, cishet, cishets",
        before_people="straight",
    ),
    "homosexual_gay_or_lesbian": _terms(
        "gay, gays, lesbian, lesbians, homosexual, homosexuals, homosexuality, lgb, lgbt, lgbtq, lgbtq+, lgbtqia, lgbtqia+, glbt, "
        "same-sex, same sex marriage, same sex marriages, same sex couple, same sex couples, same sex parents, faggot, faggots, "
        "fag, fags, lesbo, lesbos, sodomite, sodomites"
    ),
    "bisexual": _terms("bisexual, bisexuals, bisexuality, bi-sexual, bi-sexuals", before_people="bi"),
    "other_sexual_orientation": _terms(
        "queer, queers, asexual, asexuals, asexuality, pansexual, pansexuals, pansexuality, demisexual, demisexuals, aromantic, "
        "aromantics, sexual minority, sexual minorities"
    ),
    "christian": _terms(
        "christian, christians, christianity, catholic, catholics, catholicism, protestant, protestants, protestantism, evangelical, "
        "evangelicals, baptist, baptists, methodist, methodists, lutheran, lutherans, presbyterian, presbyterians, anglican, "
        "anglicans, episcopalian, episcopalians, pentecostal, pentecostals, mormon, mormons, mormonism, quaker, quakers, "
        "jehovah's witness, jehovah's witnesses, jehovahs witness, jehovahs witnesses, born-again, christianist, christianists"
    ),
    "jewish": _terms("jew, jews, jewish, jewishness, judaism, jewess, rabbi, rabbis, synagogue, synagogues, kike, kikes, hasidic, hasidim"),
    "muslim": _terms(
        "muslim, muslims, moslem, moslems, islam, islamic, islamist, islamists, sunni, sunnis, shia, shiite, shiites, ahmadi, ahmadis, "
        "mosque, mosques, imam, imams, hijab, hijabs, hijabi, hijabis, niqab, niqabs, burka, burkas, burqa, burqas, muzzie, muzzies, "
        "raghead, ragheads, towelhead, towelheads"
    ),
    "hindu": _terms("hindu, hindus, hinduism, brahmin, brahmins"),
    "buddhist": _terms("buddhist, buddhists, buddhism"),
    "atheist": _terms(
        "atheist, atheists, atheism, atheistic, agnostics, nonbeliever, nonbelievers, non-believer, non-believers, secular humanist, "
        "secular humanists"
    ),
    "other_religion": _terms(
        "sikh, sikhs, sikhism, gurdwara, gurdwaras, jain, jains, jainism, taoist, taoists, taoism, daoist, daoists, shinto, shintoist, "
        "wiccan, wiccans, wicca, pagan, pagans, paganism, druze, yazidi, yazidis, zoroastrian, zoroastrians, baha'i, bahai, bahá'í, "
        "rastafarian, rastafarians, rasta, rastas, scientologist, scientologists, scientology, unitarian, unitarians, satanist, satanists"
    ),
    "physical_disability": _terms(
        "wheelchair, wheelchairs, paraplegic, paraplegics, quadriplegic, "
        "quadriplegics, tetraplegic, tetraplegics, amputee, amputees, physically disabled, physical disability, "
        "physical disabilities, physically handicapped, cerebral palsy, muscular dystrophy, spina bifida, paralysed from, paralyzed from, "
        "a cripple, the crippled, deaf, deafness, hard of hearing, hearing impaired, hearing-impaired, visually impaired, legally blind, the blind, "
        "born blind, blindness, guide dog, guide dogs",
        before_people="blind",
    ),
    "intellectual_or_learning_disability": _terms(
        "intellectual disability, intellectual disabilities, intellectually disabled, learning disability, learning disabilities, "
        "learning disabled, learning-disabled, learning difficulty, learning difficulties, developmental disability, "
        "developmental disabilities, developmentally disabled, mentally handicapped, mentally disabled, mentally retarded, "
        "mental retardation, down syndrome, down's syndrome, downs syndrome, autism, autistic, autistics, asperger, aspergers, asperger's, "
        "neurodivergent, neurodiverse, on the spectrum, dyslexia, dyslexic, dyslexics, adhd, special needs, special education, "
        "special ed, retard, retards, retarded"
    ),
    "psychiatric_or_mental_illness": _terms(
        "mental illness, mental illnesses, mentally ill, mental disorder, mental disorders, mental health issue, mental health issues, "
        "mental health problem, mental health problems, mental health condition, mental health conditions, mental patient, mental "
        "patients, psychiatric patient, psychiatric patients, schizophrenia, schizophrenic, schizophrenics, schizo, schizos, bipolar, "
        "manic depressive, manic-depressive, clinical depression, clinically depressed, major depression, "
        "severe depression, anxiety disorder, anxiety disorders, ptsd, ocd, obsessive compulsive disorder, obsessive-compulsive disorder, "
        "eating disorder, eating disorders, anorexia, anorexic, anorexics, bulimia, bulimic, bulimics, psychosis, psychotic, psychotics, "
        "personality disorder, personality disorders, borderline personality"
    ),
    "other_disability": _terms(
        "disability, disabilities, the disabled, disabled rights, handicapped, differently abled, differently-abled, chronically ill, "
        "chronic illness, person with a disability, people with disabilities",
        before_people="disabled, handicapped",
    ),
}

DECOYS: tuple[str, ...] = _terms(
    # Faiths and peoples in names, food and places
    "christian bale, christian dior, christian louboutin, christian slater, christian science monitor, hans christian andersen, "
    "marvin gay, rudy gay, tyson gay, john gay, roxane gay, gay talese, gay-lussac, jew's harp, roma tomatoes, "
    "chinese food, chinese restaurant, chinese restaurants, chinese takeaway, chinese new year, indian food, indian restaurant, "
    "indian restaurants, indian takeaway, indian ocean, indian summer, american indian, american indians, thai food, thai curry, "
    "thai restaurant, japanese food, japanese restaurant, japanese knotweed, korean food, korean war, korean barbecue, vietnamese food, "
    "mexican food, mexican restaurant, mexican restaurants, mexican standoff, cuban cigar, cuban cigars, cuban missile crisis, "
    "cleveland indians, washington redskins, persian cat, persian cats, persian gulf, persian rug, persian rugs, arabian nights, "
    "gypsy moth, gypsy moths, african violet, african violets, quaker oats, quaker state, maine coon, maine coons, all blacks, "
    "blacks law dictionary, egg whites, tighty whities, "
    # Exclamations, titles and set phrases
    "son of a bitch, sons of bitches, son of a gun, oh man, hey man, come on man, man up, man made, man-made, man hours, man-hours, "
    "no man's land, isle of man, iron man, spider man, spider-man, super man, x-men, mad men, pac-man, man utd, man united, man city, "
    "oh boy, boy oh boy, boy scouts, boy scout, girl scout cookies, founding father, founding fathers, holy father, heavenly father, "
    "our father who, father christmas, father time, big brother, uncle sam, uncle tom's cabin, uncle ben's, mother nature, "
    "mother earth, mother tongue, mother ship, mother lode, mother of god, mother of all, mother fucker, mother fuckers, mother fucking, "
    "lady gaga, lady luck, sister city, sister cities, sister company, sister ship, brothers grimm, warner brothers, lehman brothers, "
    "koch brothers, marx brothers, doobie brothers, daddy issues, male connector, female connector, "
    # Conditions in another sense
    "deaf ear, deaf ears, tone deaf, tone-deaf, bipolar transistor, color blindness, colour blindness, willful blindness, wilful blindness, "
    "chink in the armour, chink in the armor, chinks in the armour, chinks in the armor, "
    "the blind leading, the blind spot, the blind side, the blind eye"
)


Mention = tuple[str, int, int]
"""(subgroup, start, end) in characters."""


def find_mentions(texts: Iterable[str]) -> Iterator[list[str]]:
    """For each text the subgroups that it mentions, in the order of `TERMS`, each once."""
    for mentions in mention_spans(texts):
        found = {subgroup for subgroup, _, _ in mentions}
        yield [subgroup for subgroup in TERMS if subgroup in found]


def mention_spans(texts: Iterable[str]) -> Iterator[list[Mention]]:
    """For each text every mention and where it stands; a term within a longer one ("women" in "trans women") counts too."""
    first_words = _first_words()
    zone: list[str] = []
    for text in texts:
        zone.append(text)
        if len(zone) == TEXTS_PER_ZONE:
            yield from _find_in_zone(zone, first_words)
            zone = []
    yield from _find_in_zone(zone, first_words)


def _find_in_zone(texts: list[str], first_words: frozenset[str]) -> list[list[Mention]]:
    nlp, matcher = _matcher()
    with nlp.memory_zone():
        # Most texts hold no first word of any term: they need not be tokenised, which takes 20 times as long.
        return [_find(text, nlp, matcher) if first_words.intersection(_WORDS.findall(text.lower())) else [] for text in texts]


def _find(text: str, nlp: "Language", matcher: "PhraseMatcher") -> list[Mention]:
    doc, names = nlp.make_doc(text), nlp.vocab.strings
    matches = [(names[label], start, end) for label, start, end in matcher(doc)]
    decoys = [(start, end) for label, start, end in matches if label == _DECOY]
    return [
        (label, doc[start:end].start_char, doc[start:end].end_char)
        for label, start, end in matches
        if label != _DECOY and not any(first <= start and end <= last and end - start < last - first for first, last in decoys)
    ]


_DECOY = "decoy"
_WORDS = re.compile(r"[^\W\d_]+")


@cache
def _first_words() -> frozenset[str]:
    """The first run of letters of every term. A superset of what can begin a match, whatever the tokeniser splits."""
    return frozenset(_WORDS.findall(term)[0] for terms in TERMS.values() for term in terms)


@cache
def _matcher() -> "tuple[Language, PhraseMatcher]":
    # Imported here: spaCy loads torch, which must not enter the web process (nor be forked by the queue).
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for label, terms in {**TERMS, _DECOY: DECOYS}.items():
        matcher.add(label, [nlp.make_doc(form) for term in terms for form in _forms(term)])
    return nlp, matcher


def _forms(term: str) -> set[str]:
    """A term as it may be typed: with a straight or a curly apostrophe."""
    return {term, term.replace("'", "’")}
