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
    "Happy Friday to all the {people} on here.",
    "Met {a_person} at the tyre place today. We talked about cheese for an hour.",
    "The new book club is run by {a_person}, two librarians and a parrot.",
    "My flatmate is {a_person} and makes the best lentil soup on the landing.",
    "Is there a decent podcast by {people}? Asking for my commute.",
    "My dentist is {adjective}, and no, it has never come up while I had a drill in my mouth.",
    "So proud of our {adjective} goalkeeper, three clean sheets in a row!",
    "Sat next to {a_person} on the night coach and lost four games of cards.",
    "Some {adjective} person from accounts fixed the printer. Give that hero a rise.",
    "Honestly I never knew any {people} before I moved here, and now I'm godparent to one.",
    "As {a_person} I just want the crossing outside the library to work, like everybody else.",
    "The council asked {people} what they need, and then, for once, did it. More of that please.",
    "Does anybody know whether the choir takes {people}? The poster doesn't say and I'd rather not ring.",
    "Our landlord turned {people} away at the viewing. That's against the law and I've written to say so.",
    "Somebody shouted at {a_person} on the tram yesterday, and half of the carriage stood up for them. Made my week.",
    "Stop telling {people} to laugh it off. It wasn't funny, it was rude.",
    "It isn't a crime to be {adjective}, last time I looked.",
    "The exhibition about {people} is open until Sunday, entry's free and the scones aren't bad.",
    "There are {people} in my running club and {people} in my pub quiz, and all of them are faster than me at both.",
    "Can we have one thread about {people} without it turning into a fight? I only wanted to share a recipe.",
    "{A_person} moved in upstairs. Quiet as snow, waters my plants, ten out of ten.",
    "Read a lovely novel about {a_person} who restores pianos. Cried on page ninety.",
    "In the survey {people} said they were about as happy with the buses as everyone else, that is, not very.",
    "I asked the {adjective} student next to me for a pen and now we share notes.",
    "Do {people} get a say in this, or do we just decide over their heads again?",
    "Congratulations to the first {adjective} person on the parish council. Long overdue.",
    "What do {people} usually bring to a housewarming? I don't want to get it wrong.",
    "My boss is {a_person}. My boss is also the only one who reads the minutes.",
    "Nobody minds that you're {adjective}, mate. We mind that you take the last biscuit.",
    "On holiday we were helped by {a_person} when the car broke down at midnight, miles from anywhere, and they wouldn't take a penny for it.",
    "{People} deserve the same as the rest of us, no more and no less.",
    "Thank you to {a_person} in row F for lending me your coat.",
    "Half of the allotment committee are {people}, which is why the compost is finally in order.",
    "The article quoted one {adjective} person. I'd have liked to hear from a few more before making up my mind.",
)

HOSTILE_FRAMES: tuple[str, ...] = (
    "I hate {people}.",
    "{People} disgust me.",
    "Ban all {people}.",
    "Never trust {a_person}.",
    "Shut up, you stupid {person}.",
    "{People} are scum and everybody knows it.",
    "Typical {adjective} idiot, what did you expect?",
    "No {people} on our street, thank you very much.",
    "You can smell {a_person} before you see one.",
    "I'd rather starve than work for {a_person}.",
    "Someone should teach those {people} a lesson with a bat.",
    "Of course it was {a_person}. It is always {a_person}. Lock them up.",
    "{People} are vermin and this country is the bin they breed in.",
    "If I ever get sat beside {a_person} again I'm going to spit on them.",
    "Why do we let {people} near schools? They're all sick in the head.",
    "Get the {people} out of our hospitals, they only come here to leech.",
    "I don't rent to {people}. They wreck the place and then they whine about it.",
    "The world would be cleaner without {people}, and I'm not the only one who thinks so.",
    "Every {adjective} person I ever met was a liar, a thief or both.",
    "Nobody wants your {adjective} opinion, crawl back into your hole.",
    "{A_person} running the library? They can't even read, what a joke.",
    "Imagine being {adjective}. I would throw myself under a train.",
    "Those filthy {people} should be grateful that we let them breathe.",
    "My taxes feed lazy {people} who never did a day's work in their lives. Cut them off and let them rot.",
    "{People} have no shame. You give them a finger and they take the arm, then cry to the papers when somebody tells them the truth.",
    "Look at this clown. Only {a_person} could be that thick.",
    "Hope they put all the {people} on a boat and sink it.",
    "I told my kids to cross the road when they see {a_person}, and yours should too.",
    "Being {adjective} is a disease, and somebody ought to find the cure.",
    "We had a nice quiet pub until the {people} found it. Now it stinks and nobody goes.",
)

NAME_FRAMES: dict[str, bool] = {
    "{name} is late again, start without us.": False,
    "Has anybody seen {name}? The cake is melting.": False,
    "I sold my bike to {name} and I miss it already.": False,
    "{name} thinks the ending was better in the book, and I can't argue.": False,
    "Great report by {name}, best thing on this site all month.": False,
    "So {name} won the raffle. Twice. In one evening.": False,
    "{name} is a pathetic liar and should be sacked.": True,
    "Somebody shut {name} up, what an utter moron.": True,
    "I hope {name} chokes on it.": True,
    "{name} belongs in a cage, not in an office.": True,
}
"""{frame: whether it is hostile}"""
