"""Light surface noise, as people type: a phrase before or after, lazy capitals, a slip of the finger, a shouted word.

Slips and shouting touch only words of `PLAIN_WORDS`, so no identity word, cue word or insult is ever changed by them.
No phrase says anything about toxicity, and all are drawn alike for harmless and toxic comments: the noise gives nothing away.
"""

import re
from collections.abc import Callable

import numpy as np

OPENERS = (
    "Late to this thread.", "First time commenting.", "Reading this on my break.", "Long time reader here.", "Right.",
    "Okay then.", "Just catching up.", "Morning.", "Evening all.", "Typing this on the bus.", "Posting from my phone.",
    "Sorry, long day.", "On my second coffee.", "Came here from the front page.", "Scrolled past this twice.", "Back again.",
    "Had to log in for this.", "So.", "Well.", "Hm.", "Quick one.", "Only just saw this.", "Page two already.", "Testing, testing.",
)  # fmt: skip
CLOSERS = (
    "That's all.", "Anyway.", "Just saying.", "Back to work.", "Carry on.", "As you were.", "Make of that what you will.",
    "End of comment.", "Off to bed.", "Typed in a hurry.", "Sent from the train.", "Right, tea.", "Over and out.", "There it is.",
    "Said my bit.", "Enough from me.", "My bus is here.", "Battery's nearly gone.", "Not checking back.", "Posted twice, sorry.",
    "Log off, me.", "Must dash.", "That's my comment.", "And that's that.",
)  # fmt: skip
EMOJI = ("👀", "💬", "🤷", "☕", "📰", "🗣️")
PLAIN_WORDS = (
    "afternoon", "already", "always", "another", "anybody", "anyone", "anything", "around", "before", "behind", "because", "beside",
    "between", "during", "entire", "evening", "everybody", "everyone", "everything", "finally", "friday", "honestly", "however",
    "hundred", "inside", "looked", "looking", "minute", "minutes", "monday", "months", "morning", "mostly", "nearly", "nobody",
    "nothing", "number", "outside", "perhaps", "please", "question", "really", "saturday", "second", "seconds", "should",
    "somebody", "someone", "something", "somewhere", "sunday", "themselves", "thirty", "thought", "through", "thursday", "tomorrow",
    "tonight", "tuesday", "turned", "twenty", "waited", "waiting", "wednesday", "weekend", "whether", "whoever", "without",
    "yesterday",
)  # fmt: skip
PLAIN_STARTS = (
    "a", "after", "an", "another", "as", "can", "could", "does", "every", "for", "got", "in", "it's", "my", "no", "nobody", "our",
    "so", "that", "the", "they", "this", "to", "we", "when",
)  # fmt: skip
SHORTEST_SLIP = 7
_WORD = re.compile(r"[A-Za-z']+")


def roughen(text: str, rng: np.random.Generator) -> str:
    """`text` with none, one or several of the habits below."""
    for share, habit in HABITS:
        if rng.random() < share:
            text = habit(text, rng)
    return text


def _open(text: str, rng: np.random.Generator) -> str:
    return f"{rng.choice(OPENERS)} {text}"


def _close(text: str, rng: np.random.Generator) -> str:
    return f"{text} {rng.choice(CLOSERS)}"


def _add_emoji(text: str, rng: np.random.Generator) -> str:
    return f"{text} {rng.choice(EMOJI)}"


def _end_loosely(text: str, rng: np.random.Generator) -> str:
    """Another last mark of the same kind: none, dots, or the mark doubled."""
    endings = {".": ("", "..", "..."), "!": ("!!", "!!!"), "?": ("??", "???")}
    return text[:-1] + str(rng.choice(endings[text[-1]])) if text[-1] in endings else text


def _drop_capitals(text: str, _rng: np.random.Generator) -> str:
    text = re.sub(r"\bI\b(?!\.)", "i", text)
    return text[0].lower() + text[1:] if text.split()[0].lower() in PLAIN_STARTS else text


def _shout(text: str, rng: np.random.Generator) -> str:
    return _change_one_word(text, rng, 1, lambda word, _: word.upper())


def _slip(text: str, rng: np.random.Generator) -> str:
    return _change_one_word(text, rng, SHORTEST_SLIP, _mistype)


def _mistype(word: str, rng: np.random.Generator) -> str:
    """Two inner letters swapped, one left out, or one doubled."""
    at = int(rng.integers(1, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return str(rng.choice([swapped, word[:at] + word[at + 1 :], word[: at + 1] + word[at:]]))


def _change_one_word(text: str, rng: np.random.Generator, shortest: int, change: Callable[[str, np.random.Generator], str]) -> str:
    plain = [m for m in _WORD.finditer(text) if m[0].lower() in PLAIN_WORDS and len(m[0]) >= shortest]
    if not plain:
        return text
    chosen = plain[int(rng.integers(len(plain)))]
    return text[: chosen.start()] + change(chosen[0], rng) + text[chosen.end() :]


HABITS: tuple[tuple[float, Callable[[str, np.random.Generator], str]], ...] = (
    (0.15, _slip),
    (0.08, _shout),
    (0.20, _end_loosely),
    (0.15, _drop_capitals),
    (0.18, _open),
    (0.15, _close),
    (0.08, _add_emoji),
)
