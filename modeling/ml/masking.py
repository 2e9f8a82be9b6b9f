"""Private things in a text, replaced by what they are. The masked text *is* the comment: hashed, split, trained, shown, exported.

Patterns are written for recall: a number that only looks like a telephone number costs the model little, a leaked one costs a
person much. Each pattern is linear in the text's length (bounded or possessive), so no comment can stall an import.
"""

import hashlib
import ipaddress
import re

MASKS: tuple[str, ...] = ("[email]", "[phone]", "[handle]", "[link]", "[ip]", "[card]")

# Top-level domains that hardly ever are the next sentence's first word ("I was told so.It is"): with a path, any will do.
_DOMAINS = "com|net|org|edu|gov|mil|info|biz|io|co|tv|eu|uk|ca|au|de|fr|nl|ru|jp|cn|br|pl|ly|app|dev|xyz|gg"
_NOT_SPACE = r"[^\s<>\"]"

_URL = re.compile(rf"(?:https?|ftp)://{_NOT_SPACE}+|(?<![\w.])www\.{_NOT_SPACE}+", re.I)
_MAY_BE_DOMAIN = re.compile(rf"\.(?:(?:{_DOMAINS})(?![\w])|[a-z]{{2,24}}/)", re.I)
_BARE_DOMAIN = re.compile(rf"(?<![\w@.-])(?:[\w-]{{1,63}}+\.)+(?:(?:{_DOMAINS})(?![\w])(?:[:/?#]{_NOT_SPACE}*)?|[a-z]{{2,24}}/{_NOT_SPACE}+)", re.I)
# A leading @ makes it a handle on another server: @name@server.social
_EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])@?[\w.!#$%&'*+/=?^`{|}~-]++@(?:[\w-]++\.)+[\w-]*\w")
_AT_IN_BRACKETS = re.compile(r"[\[({]\s{0,2}at\s{0,2}[\])}]", re.I)
_EMAIL_SPELT_OUT = re.compile(
    r"(?<![\w.+-])[\w.+-]++\s{0,2}[\[({]\s{0,2}at\s{0,2}[\])}]\s{0,2}[\w-]++"
    r"(?:\s{0,2}(?:\.|[\[({]\s{0,2}dot\s{0,2}[\])}])\s{0,2}[\w-]++)+",
    re.I,
)
# Not after a letter or digit (f@ck), and not where @ stands for the a of a swear-word.
_HANDLE = re.compile(r"(?<![^\W_])[@＠](?!(?:ss|sses|sshole\w*|rse\w*)\b)\w(?:[\w.-]{0,62}\w)?", re.I)
_REDDIT_NAME = re.compile(r"(?<![\w/])/?u/[\w-]{3,20}(?![\w-])")

_MAY_BE_NUMBER = re.compile(r"\d(?:\D{0,4}\d){6}")
_MAY_BE_IPV4 = re.compile(r"\.\d{1,3}\.\d")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I)
_CARD = re.compile(r"(?<!\d)(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -]?)\d{6}\2\d{5}|\d{13,19})(?!\d)")
_PHONE = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:"
    r"(?:\+|00(?=[1-9]))\(?\d(?:[-. /()–]{0,3}\d){7,14}"  # with a country code
    r"|(?:1[-. ]{0,2})?(?:\(\d{3}\)[-. ]{0,2}|\d{3}[-. ]?)\d{3}[-. –]?\d{4}"  # North America
    r"|(?!000|\d{1,2}[-.]\d{1,2}[-.]\d{2,4})\(?0\d{1,4}\)?(?:[-. /]?\d){7,10}"  # with the 0 of a long-distance call; dates are left alone
    r"|(?<!-)[2-9]\d{2}-(?!\d\d00)\d{4}(?!-)"  # seven digits, but not a range such as 500-1000
    r")(?!\d)"
)


def mask(text: str) -> tuple[str, int]:
    """Replace e-mail addresses, telephone numbers, handles, links, IP addresses and card numbers by `[email]`, `[phone]` ...

    Returns the masked text and the number of masks put in. Masking a masked text changes nothing.
    """
    masked = text
    if "://" in masked or "www." in masked.lower():
        masked = _URL.sub(_link, masked)
    if "@" in masked or _AT_IN_BRACKETS.search(masked):
        masked = _EMAIL_SPELT_OUT.sub("[email]", _EMAIL.sub(_email, masked))
    if _MAY_BE_DOMAIN.search(masked):
        masked = _BARE_DOMAIN.sub(_link, masked)
    if "@" in masked or "＠" in masked or "u/" in masked:
        masked = _REDDIT_NAME.sub("[handle]", _HANDLE.sub("[handle]", masked))
    if "::" in masked or masked.count(":") > 6 or _MAY_BE_IPV4.search(masked):
        masked = _IPV6.sub(_ip_or_not, _IPV4.sub(_ip_or_not, masked))
    if _MAY_BE_NUMBER.search(masked):
        masked = _PHONE.sub("[phone]", _CARD.sub(_card_or_not, masked))
    return (masked, _count_masks(masked) - _count_masks(text)) if masked != text else (text, 0)


def text_hash(text: str) -> str:
    """SHA-256 of a masked text, case and spaces folded: the same for duplicates that differ in nothing else."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


def _link(match: re.Match[str]) -> str:
    """The full stop or bracket after a link belongs to the sentence."""
    link = match.group()
    return "[link]" + link[len(link.rstrip(".,;:!?'\u2019\u201d)]}")) :]


def _email(match: re.Match[str]) -> str:
    address = match.group()
    if address.startswith("@"):
        return "[handle]"
    return address[: len(address) - len(address.lstrip("'`*~"))] + "[email]"


def _ip_or_not(match: re.Match[str]) -> str:
    found = match.group()
    address = found if found.endswith("::") else found.rstrip(":")
    is_word_like = ":" in address and not (any(c.isdigit() for c in address) and any(c != ":" for c in address[2:]))
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return found
    return found if is_word_like else "[ip]" + found[len(address) :]


def _card_or_not(match: re.Match[str]) -> str:
    digits = [int(character) for character in match.group() if character.isdigit()]
    return "[card]" if len(digits) >= 13 and _passes_luhn(digits) else match.group()


def _passes_luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _count_masks(text: str) -> int:
    return sum(text.count(mask) for mask in MASKS)
