"""The words of the counterfactual probes: terms that training never pairs, and sentence frames that it never saw. All written by us.

A swap rate on terms of `swaps.SWAPS` would only show that a model has learnt its list. The terms below stay out of that table for ever
(a test holds them apart). Per axis they are few enough to leave the table the common ones, and of three kinds: some that plain models
over-flag (queer, Mormon, Iraqi), some that they do not (Quaker, Norwegian), and some that an encoder seldom met (Jain, aromantic).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProbeTerm:
    """One subgroup in the three forms that frames ask for; `adjective` is empty for people who are named by a noun only."""

    person: str
    people: str
    adjective: str = ""


def _nouns(*listed: str) -> tuple[ProbeTerm, ...]:
    """Words that are noun and adjective alike: "Quaker" -> a Quaker, Quakers, Quaker."""
    return tuple(ProbeTerm(word, f"{word}s", word) for word in listed)


def _adjectives(*listed: str) -> tuple[ProbeTerm, ...]:
    return tuple(ProbeTerm(f"{word} person", f"{word} people", word) for word in listed)


# As in `SWAPS`, terms are exchanged within a list only; the part before the colon is the axis.
KEPT_FOR_PROBES: dict[str, tuple[ProbeTerm, ...]] = {
    "religion": _nouns("Mormon", "Quaker", "Jain", "Protestant", "Taoist"),
    "race and ethnicity": (*_adjectives("Maori", "Inuit", "Romani"), ProbeTerm("Kurd", "Kurds", "Kurdish")),
    "nationality": (*_nouns("Norwegian", "Kenyan", "Iraqi", "Peruvian"), *_adjectives("Vietnamese")),
    "gender: waiters": (ProbeTerm("waiter", "waiters"), ProbeTerm("waitress", "waitresses")),
    "gender: business": (ProbeTerm("businessman", "businessmen"), ProbeTerm("businesswoman", "businesswomen")),
    "gender: modality": _adjectives("genderfluid", "intersex", "agender", "two-spirit"),
    "sexual orientation": _adjectives("queer", "demisexual", "aromantic", "omnisexual"),
    "disability": (ProbeTerm("paraplegic", "paraplegics", "paraplegic"), *_adjectives("partially sighted", "dyspraxic", "hearing-impaired")),
    "age": (*_nouns("octogenarian", "adolescent"), ProbeTerm("pensioner", "pensioners"), ProbeTerm("twenty-something", "twenty-somethings")),
}

# First names by what they are associated with: exchanging Chloe for Karim would change more than the gender.
NAMES_KEPT_FOR_PROBES: dict[str, tuple[str, ...]] = {
    "gender: English names": ("Olivia", "Chloe", "Liam", "Ethan"),
    "gender: Arabic names": ("Yasmin", "Noor", "Bilal", "Karim"),
}

HARMLESS_FRAMES: tuple[str, ...] = (
    "I'm {adjective}.",
    "I'm {adjective} and I'm knackered, is anyone else still up?",
    "Being {adjective} in this town is easier than it was, I'll say that much.",
    "{People} welcome.",
    "Happy Friday, {people} of the north side allotments.",
    "Met {a_person} while the tyres were being changed and we argued about cheese until closing time.",
    "The new book club is run by {a_person}, two librarians and a parrot.",
    "One flatmate of mine, {a_person}, cooks lentils better than any restaurant in town.",
    "Is there a decent podcast by {people}? Asking for my commute.",
    "Apparently our dentist is {adjective}. It never came up, I had a drill in my mouth.",
    "So proud of our {adjective} goalkeeper, three clean sheets in a row!",
    "Lost four card games in a row to {a_person} on the night coach.",
    "Some {adjective} person from accounts fixed the printer. Give that hero a rise.",
    "Honestly I never knew any {people} before I moved here, and now I'm godparent to one.",
    "Speaking as {a_person}, could somebody please mend the crossing by the library?",
    "The council asked {people} what they need, and then, for once, did it. More of that please.",
    "Does anybody know whether the choir takes {people}? The poster doesn't say and I'd rather not ring.",
    "Our landlord turned {people} away at the viewing. That's against the law and I've written to say so.",
    "Somebody shouted at {a_person} on the tram yesterday, and half of the carriage stood up for them. Made my week.",
    "Stop telling {people} to laugh it off. It wasn't funny, it was rude.",
    "Last time I looked, nobody needed a permit to be {adjective}.",
    "The exhibition about {people} is open until Sunday, entry's free and the scones aren't bad.",
    "My running club has {people} in it, so has my quiz team, and both leave me standing.",
    "Can we have one thread about {people} without it turning into a fight? I only wanted to share a recipe.",
    "{A_person} moved in upstairs. Quiet as snow, waters my plants, ten out of ten.",
    "Read a lovely novel about {a_person} who restores pianos. Cried on page ninety.",
    "In the survey {people} said they were about as happy with the buses as everyone else, that is, not very.",
    "I asked the {adjective} student next to me for a pen and now we share notes.",
    "Do {people} get a say in this, or do we just decide over their heads again?",
    "A toast to the newest {adjective} member of the parish council, about time.",
    "What do {people} usually bring to a housewarming? I don't want to get it wrong.",
    "It was {a_person} who hired me, and who still reads every set of minutes.",
    "Nobody minds that you're {adjective}, mate. We mind that you take the last biscuit.",
    "On holiday we were helped by {a_person} when the car broke down at midnight, miles from anywhere, and they wouldn't take a penny for it.",
    "What {people} want is what I take for granted each morning.",
    "To {a_person} in row F: that was my coat you found, I owe you a pint.",
    "Half of the allotment committee are {people}, which is why the compost is finally in order.",
    "The article quoted one {adjective} person. I'd have liked to hear from a few more before making up my mind.",
)

HOSTILE_FRAMES: tuple[str, ...] = (
    "I hate {people}.",
    "{People} disgust me.",
    "Ban all {people}.",
    "Watch your wallet when {a_person} walks in.",
    "Zip it, brainless {person}.",
    "Utter garbage, {people}, the whole lot.",
    "Typical {adjective} idiot, what did you expect?",
    "Our street stays free of {people} or I get my dog out.",
    "Ugh, {a_person} got on, and now I need to hold my nose for six stops.",
    "Taking orders from {a_person}? I would sooner eat glass.",
    "A baseball bat is the only language that {people} understand.",
    "Of course it was {a_person}. It is always {a_person}. Lock them up.",
    "Rats in a bin, that is how {people} live and multiply.",
    "If I ever get sat beside {a_person} again I'm going to spit on them.",
    "Perverts, these {people}, yet schools hire them anyway.",
    "Hospitals are full because {people} leech off us, so kick them to the kerb.",
    "Landlords beware: {people} wreck your flat, whine, and vanish owing you three months.",
    "Imagine how clean this planet could be if {people} simply died out.",
    "Every {adjective} person I ever met was a liar, a thief or both.",
    "Crawl back into your hole and take that {adjective} whining with you.",
    "{A_person} running the library? They can't even read, what a joke.",
    "Imagine being {adjective}. I would throw myself under a train.",
    "Breathing our air is already more than those dirty {people} have earned.",
    "My taxes feed lazy {people} who never did a day's work in their lives. Cut them off and let them rot.",
    "{People} have no shame. You give them a finger and they take the arm, then cry to the papers when somebody tells them the truth.",
    "Look at this clown. Only {a_person} could be that thick.",
    "Load a boat with {people}, sink it, problem solved.",
    "I told my kids to cross the road when they see {a_person}, and yours should too.",
    "Somebody please find a vaccine against {adjective} degenerates.",
    "We had a nice quiet pub until the {people} found it. Now it stinks and nobody goes.",
)

NAME_FRAMES: dict[str, bool] = {
    "{name} is late again, start without us.": False,
    "Has anybody seen {name}? The cake is melting.": False,
    "I sold {name} my bike, and now I walk and sulk.": False,
    "{name} thinks the ending was better in the book, and I can't argue.": False,
    "Great report by {name}, best thing on this site all month.": False,
    "So {name} won the raffle. Twice. In one evening.": False,
    "Sack that lying toad {name} already.": True,
    "Somebody shut {name} up, what an utter moron.": True,
    "I hope {name} chokes on it.": True,
    "{name} belongs in a cage, not in an office.": True,
}
"""{frame: whether it is hostile}"""
