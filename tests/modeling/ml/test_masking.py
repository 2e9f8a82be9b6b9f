"""What is private never stays in a comment."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.ml.masking import MASKS, mask, text_hash

LETTERS = "abcdefghijklmnopqrstuvwxyzABCXYZ"
DIGITS = "0123456789"
words = st.text(LETTERS, min_size=5, max_size=12)
digits = lambda n: st.text(DIGITS, min_size=n, max_size=n)  # noqa: E731 - reads as the pattern it builds
links = st.one_of(
    st.builds(
        "{}://{}.{}/{}?q={}#top".format,
        st.sampled_from(["http", "https", "HTTPS", "ftp"]),
        words,
        st.sampled_from(["com", "de", "museum"]),
        words,
        words,
    ),
    st.builds("www.{}.{}".format, words, st.sampled_from(["com", "org", "is"])),
    st.builds("{}.{}".format, words, st.sampled_from(["com", "co.uk", "net", "org", "COM"])),
    st.builds("{}.{}/{}".format, words, st.sampled_from(["ly", "gl", "in"]), words),
)
phones = st.one_of(
    st.builds("+{} {} {} {}".format, st.sampled_from(["1", "44", "49", "380"]), digits(3), digits(3), digits(4)),
    st.builds("+{}{}".format, st.sampled_from(["33", "91"]), digits(9)),
    st.builds("({}) {}-{}".format, digits(3), digits(3), digits(4)),
    st.builds("{1}{0}{2}{0}{3}".format, st.sampled_from(["-", ".", " ", ""]), digits(3), digits(3), digits(4)),
    st.builds("020 {} {}".format, digits(4), digits(4)),
    st.builds("07{} {}".format, digits(3), digits(6)),
    st.builds("01 {} {} {} {}".format, digits(2), digits(2), digits(2), digits(2)),
)
emails = st.one_of(
    st.emails(domains=st.builds("{}.{}".format, words, st.sampled_from(["com", "org.uk", "museum"]))),
    st.builds("{}.{}+news@{}.io".format, words, words, words),
)
handles = st.builds("@{}{}".format, words, st.sampled_from(["", "_x", "99", ".official"]))
around = st.text(max_size=40).map(lambda text: text.replace("@", "").replace("＠", ""))


@pytest.mark.parametrize("private", [emails, phones, handles, links], ids=["emails", "phones", "handles", "links"])
def test_nothing_private_is_left_whatever_stands_around_it(private: st.SearchStrategy) -> None:
    @settings(max_examples=150, deadline=None)
    @given(before=around, secret=private, after=around)
    def check(before: str, secret: str, after: str) -> None:
        masked, count = mask(f"{before} {secret} {after}")
        assert secret not in masked
        assert count >= 1
        assert mask(masked) == (masked, 0)

    check()


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    masked, _ = mask(text)
    assert mask(masked) == (masked, 0)


@pytest.mark.parametrize(
    ("text", "masked", "count"),
    [
        ("Mail bob.smith+x@example.co.uk, or 'al@x.org'.", "Mail [email], or '[email]'.", 2),
        ("reach me: name [at] domain (dot) com", "reach me: [email]", 1),
        ("call 555-123-4567 2 times", "call [phone] 2 times", 1),
        ("ring 020 7946 0958 or 07700 900123", "ring [phone] or [phone]", 2),
        (".@realDonaldTrump told @bob: hi", ".[handle] told [handle]: hi", 2),
        ("@name@server.social and u/someone_1", "[handle] and [handle]", 2),
        ("See https://example.com/a?b=c. (www.foo.org) bit.ly/3xYz!", "See [link]. ([link]) [link]!", 3),
        ("ping 192.168.1.1 or 2001:db8::1: now", "ping [ip] or [ip]: now", 2),
        ("pay 4111 1111 1111 1111 or 4111-1111-1111-1112", "pay [card] or 4111-1111-1111-1112", 1),
    ],
)
def test_each_kind_gets_its_own_mask(text: str, masked: str, count: int) -> None:
    assert mask(text) == (masked, count)


@pytest.mark.parametrize(
    "text",
    [
        "On 2017-03-06 15:21:53, or 06-03-2017 15:21, from 1990-1995",
        "500-1000 people, 1,000,000 votes, $15000000, 100 000 000 000 francs, 3.14159265358979",
        "I was told so.It is what it is; and/or, e.g./i.e., him/her, 24/7",
        "what a f@cking @sshole, sh@t",
        "std::vector<int> v1.2.3.4.5 at 12:30:45, a::b",
        "he said [email] and [link] before",
        "R.I.P. Mr. Smith, U.S.A. at 5 p.m.",
    ],
)
def test_what_is_not_private_is_left_alone(text: str) -> None:
    assert mask(text) == (text, 0)


@pytest.mark.parametrize("piece", ["a", "a.", "a@", "@", "1", "1 ", "1.", "www.", "://", "a:", "[at]", "a.b/", "u/", "(", "0-", "٣"])
def test_no_text_can_stall_it(piece: str) -> None:
    """20,000 characters of each piece in well under a second: no pattern is worse than linear."""
    start = time.process_time()
    mask((piece * 20_000)[:20_000])
    mask((piece * 20_000)[:19_999] + "!")
    assert time.process_time() - start < 1


def test_masks_are_the_documented_ones() -> None:
    assert MASKS == ("[email]", "[phone]", "[handle]", "[link]", "[ip]", "[card]")


def test_duplicates_that_differ_in_case_and_spaces_share_a_hash() -> None:
    assert text_hash("Hello  World\n") == text_hash("hello world")
    assert text_hash("hello world") != text_hash("hello world!")
    assert len(text_hash("")) == 64
