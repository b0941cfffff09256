# SPDX-License-Identifier: Apache-2.0
"""How the text is built: what a page hides, hands over, or runs."""

import re

from mailward.engines.antispam.domains import looks_random
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey

_HIDDEN_FEW = 60
_HIDDEN_MANY = 400
_LITTLE_TEXT = 25
_DOT = 2
_SHORT = 300
_TEMPLATE = re.compile(
    r"\*\|\w[\w:]*\|\*|\{\{?\s?\w*(?:name|email|link|date|user|first|subject|company)\w*\s?\}?\}|\[\[?(?:random\w*|firstname|name|e-?mail|rndn?)[;:\d\w,-]*\]|"
    r"%%\w{2,30}%%|#c?(?:url|rypto|name|email)\w*#|\[remove gap\]|\[-?(?:email|user|domain"
    r"|name|date|time|silentcoder\w+)-?\]|\$\{\w+\}|##\w+##|\\n\\n",
    re.IGNORECASE,
)
_RANDOM_WORD = re.compile(
    r"[A-Za-z]*\d[A-Za-z]+\d[A-Za-z0-9]*|[a-z]+[A-Z]+[a-z]+[A-Z]+[A-Za-z0-9]*|[A-Z]{2,}[a-z]+[A-Z]{2,}[A-Za-z0-9]*"
)
_BIG_MONEY = re.compile(
    r"(?:[$€£¥]|usd|eur|gbp|r\$)\s?\d{1,3}(?:[.,]\d{3}){2,}|\d{1,3}(?:[.,]\d{3}){2,}(?:[.,]\d\d)?\s?(?:[$€£]|usd|eur|gbp|dollars|euros?)",
    re.IGNORECASE,
)
_MILLIONS = re.compile(r"\d[.,]\d{3}[.,]\d{3}")
_COIN_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9/=])(?:bc1[a-z0-9]{25,60}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[a-fA-F0-9]{40})(?![A-Za-z0-9])"
)
_PHONE = re.compile(
    r"(?<![\d.])(?:\+?1[ .\-(]{0,3})?\(?8(?:00|88|77|66|55|44|33|05|08|10|12)\)?[ .\-)]{0,3}\d{3}[ .\-]{0,2}\d{4}(?!\d)"
)


def _hidden(survey: Survey) -> Seen | None:
    hidden = survey.reading.hidden_text.strip()
    return Seen(hidden[:200], "hidden text") if len(hidden) > _HIDDEN_FEW else None


def _much_hidden(survey: Survey) -> Seen | None:
    hidden = survey.reading.hidden_text.strip()
    much = len(hidden) > _HIDDEN_MANY and len(hidden) > len(survey.text) / 2
    return Seen(hidden[:200], "hidden text") if much else None


def _split(survey: Survey) -> Seen | None:
    count = sum(view.comment_splits for view in survey.reading.html)
    return Seen(f"{count} words", "body") if count > 1 else None


def _form(survey: Survey) -> Seen | None:
    forms = [form for view in survey.reading.html for form in view.forms]
    return Seen(forms[0].action or "form", "html form") if forms else None


def _password(survey: Survey) -> Seen | None:
    fields = sum(view.password_fields for view in survey.reading.html)
    return Seen(f"{fields} password field{'s' * (fields > 1)}", "html form") if fields else None


def _script(survey: Survey) -> Seen | None:
    scripts = sum(view.scripts for view in survey.reading.html)
    return Seen(f"{scripts} script{'s' * (scripts > 1)}", "body") if scripts else None


def _pictures_only(survey: Survey) -> Seen | None:
    images = [
        image
        for view in survey.reading.html
        for image in view.images
        if image.source and not _dot(image.width, image.height)
    ]
    if not images or survey.words > _LITTLE_TEXT or not survey.web:
        return None
    return Seen(images[0].source[:200], "html img")


def _dot(width: int, height: int) -> bool:
    return 0 <= width <= _DOT or 0 <= height <= _DOT


def _frame(survey: Survey) -> Seen | None:
    found = next(
        (target for target in survey.targets if "iframe" in target.link.place or "refresh" in target.link.place), None
    )
    return Seen(found.url, found.place) if found else None


def _two_stories(survey: Survey) -> Seen | None:
    """The plain text and the page say different things: one of them is for filters."""
    plain = survey.reading.plain[:3000].lower()
    page = " ".join(view.text for view in survey.reading.html)[:8000].lower()
    if len(plain) < _SHORT or not page:
        return None
    mine, theirs = set(re.findall(r"[a-z]{5,}", plain)), set(re.findall(r"[a-z]{5,}", page))
    if len(mine) < _WORDS or len(mine & theirs) > len(mine) * _SHARED:
        return None
    return Seen(plain[:200], "plain text")


_WORDS = 25
_SHARED = 0.2


def _disguised(survey: Survey) -> Seen | None:
    words = survey.body.mixed
    return (
        Seen(", ".join(words[:5]), "body") if len(words) > 1 and survey.is_unicode and not survey.ideographs else None
    )


def _invisible(survey: Survey) -> Seen | None:
    shown = (survey.reading.plain[:20000], *(text[:60000] for text in survey.message.html_texts[:2]))
    found = [text for text in shown if any(sign in text for sign in _SIGNS)]
    count = sum(len(_INSIDE_WORD.findall(text)) for text in found)
    return Seen(f"{count} invisible characters", "body") if count > _MANY_INVISIBLE else None


_MANY_INVISIBLE = 3
_SIGNS = ("\u200b", "\u200c", "\u200d", "\u00ad", "\u2060", "\ufeff", "\U000e0139")
_INSIDE_WORD = re.compile("(?<=[^\\W\\d_])[\u00ad\u200b-\u200d\u2060\ufeff\U000e0100-\U000e01ef]+(?=[^\\W\\d_])")


def _template(survey: Survey) -> Seen | None:
    if survey.is_list or survey.is_reply:
        return None
    for text, place in ((survey.title, "subject"), (survey.sender.name, "header From"), (survey.text[:8000], "body")):
        if found := _TEMPLATE.search(text):
            return Seen(found[0], place)
    return None


def _noise(survey: Survey) -> Seen | None:
    """Words of mixed letters and digits strewn in, to make each copy different."""
    if survey.is_reply or survey.is_discussion:
        return None
    words = survey.text[:6000].split()
    odd = [
        word
        for word in words
        if len(word) > _TOKEN
        and word.isalnum()
        and word.isascii()
        and not word.islower()
        and not word.istitle()
        and not word.isupper()
    ]
    found = [word for word in odd if _RANDOM_WORD.fullmatch(word)]
    return Seen(" ".join(found[:4]), "body") if len(found) > 1 else None


_TOKEN = 5


def _swapped(survey: Survey) -> Seen | None:
    """Digits and signs for letters ("c1gars", "re|move"), or a capital I for a small l ("onIine")."""
    if survey.is_reply or survey.is_list:
        return None
    text = survey.text[:2000]
    if not _SWAPPED.search(text):
        return None
    text = " ".join(word for word in text.split() if _IN_ADDRESSES.isdisjoint(word))
    found = _DIGIT_WORD.findall(text)
    capitals = _CAPITAL_I.findall(text)
    return Seen(" ".join((found + capitals)[:5]), "body") if len(found) > 1 or len(capitals) > 1 else None


_SWAPPED = re.compile(r"[013|!@$I](?<=[a-z].)[a-z]")
"""What both patterns below need: asked first, since hardly any text has it."""
_IN_ADDRESSES = frozenset("/=_.@")
_DIGIT_WORD = re.compile(r"\b[a-z]{1,12}(?:[013|!@$](?=[a-z])[a-z]{1,12}){1,4}\b")
_CAPITAL_I = re.compile(r"\b[a-z]+I[a-z]+\b")


def _tail(survey: Survey) -> Seen | None:
    """A last line of one meaningless word, different in each copy."""
    last = survey.text.rstrip()[-60:].rpartition("\n")[2].strip()
    return Seen(last, "body") if _TAIL.fullmatch(last) and looks_random(last) and not survey.is_reply else None


_TAIL = re.compile(r"[a-z0-9]{7,24}")


def _fields_in_text(survey: Survey) -> Seen | None:
    """The text begins with what should be header fields: the mail was put together by a broken program."""
    found = _FIELDS.match(survey.text[:400].lstrip())
    return Seen(found[0][:120], "body") if found else None


_FIELDS = re.compile(
    r"(?:=\?[\w-]+\?[bq]\?[^\n]{0,200}\s+)?(?:To|From|Subject|Date|Content-Type|Reply-To"
    r"|MIME-Version|X-[\w-]+|Message-ID): [^\n]{1,200}\s+(?:To|From|Subject|Date|Content-Type"
    r"|Content-Transfer-Encoding|Reply-To|MIME-Version|X-[\w-]+): ",
    re.IGNORECASE,
)


def _names_recipient(survey: Survey) -> Seen | None:
    """The text addresses the reader by the mail address, as one does who knows nothing else."""
    start = survey.text[:400].lower()
    found = next((recipient for recipient in survey.recipients[:3] if recipient in start), None)
    return Seen(found, "body") if found and not survey.is_reply and not survey.quotes and not survey.is_report else None


def _riches(survey: Survey) -> Seen | None:
    text = f"{survey.title}\n{survey.text[:20000]}"
    found = _MILLIONS.search(text) and _BIG_MONEY.search(text)
    return Seen(found[0], "body") if found else None


def _coin(survey: Survey) -> Seen | None:
    text = survey.text[:20000]
    if max(map(len, text.split()), default=0) < _COIN_LETTERS:
        return None
    found = _COIN_ADDRESS.search(text) and _COIN_ADDRESS.search(_LINK_LIKE.sub(" ", text))
    return Seen(found[0], "body") if found and not survey.is_discussion else None


_COIN_LETTERS = 26
_LINK_LIKE = re.compile(r"https?://\S+")


def _call(survey: Survey) -> Seen | None:
    if survey.is_reply or survey.is_discussion or len(survey.web) > _FEW_LINKS or not survey.hits.count("order_phone"):
        return None
    pattern = _ANY_PHONE if survey.hits.count("order_phone") > 1 else _PHONE
    found = pattern.search(survey.text[:6000])
    return Seen(found[0], "body") if found else None


_FEW_LINKS = 3
_ANY_PHONE = re.compile(
    r"(?<![\d.])\+?\d{1,2}[ .\-]{0,2}\(?\d{3}\)?[ .\-]{1,2}\d{3}[ .\-]{1,2}\d{4}(?!\d)"
    r"|(?<![\d.])\(?\d{3}\)?[ .\-]{1,2}\d{3}[ .\-]\d{4}(?!\d)"
)


def _page_only(survey: Survey) -> Seen | None:
    return Seen("", "body") if survey.reading.html and not survey.reading.plain.strip() else None


def _shouts(survey: Survey) -> Seen | None:
    capitals = sum(map(len, re.findall("[A-Z]+", survey.text[:3000])))
    small = sum(map(len, re.findall("[a-z]+", survey.text[:3000]))) if capitals > _SHORT else 0
    loud = capitals > _SHORT and capitals > small * 1.5
    return Seen(survey.text[:120], "body") if loud and not survey.is_discussion else None


def _exclaims(survey: Survey) -> Seen | None:
    found = re.search(r"[!！]{3,}", survey.text[:8000])
    return Seen(survey.text[max(0, found.start() - 60) : found.end()], "body") if found else None


SIGNALS: tuple[Signal, ...] = (
    signal("text_hidden", _hidden, spam=0.5, phishing=0.3,
           text="The page holds text that its reader does not see."),
    signal("text_mostly_hidden", _much_hidden, spam=1.5, phishing=1.2,
           text="Most of the page's text is hidden from its reader."),
    signal("words_split_by_comments", _split, spam=1.5, phishing=1.5,
           text="Words are split by invisible comments."),
    signal("form_in_mail", _form, phishing=1.0, spam=0.3,
           text="The mail itself holds a form."),
    signal("password_field", _password, phishing=3.0,
           text="The mail itself asks for a password."),
    signal("script_in_mail", _script, phishing=0.8, spam=0.5,
           text="The mail's page holds a script."),
    signal("pictures_only", _pictures_only, spam=1.4, phishing=1.0,
           text="The mail is a picture to click, with hardly any text."),
    signal("page_loads_page", _frame, phishing=1.5, spam=0.8,
           text="The page loads or jumps to another page by itself."),
    signal("two_stories", _two_stories, spam=1.5, phishing=1.2,
           text="The plain text and the page say different things."),
    signal("words_in_disguise", _disguised, phishing=2.5, spam=2.0,
           text="Words are written with look-alike letters of other scripts."),
    signal("letters_invisible", _invisible, phishing=1.0, spam=1.0,
           text="Words hold invisible characters."),
    signal("template_left", _template, spam=1.5, phishing=1.2,
           text="The text still holds the gaps of a template."),
    signal("noise_words", _noise, spam=0.8, phishing=0.5,
           text="Random words are strewn in to make each copy different."),
    signal("letters_swapped", _swapped, spam=1.2, phishing=0.8,
           text="Digits or look-alike letters stand for letters within words."),
    signal("tail_random", _tail, spam=1.2, phishing=0.5,
           text="The text ends in a meaningless word that makes each copy different."),
    signal("fields_in_text", _fields_in_text, spam=1.8, phishing=0.5,
           text="Header fields stand in the text: a broken mass mailer made this."),
    signal("text_names_recipient", _names_recipient, phishing=0.8, spam=0.3,
           text="The text addresses the reader by nothing but the mail address."),
    signal("sum_enormous", _riches, spam=1.5,
           text="The text speaks of an enormous sum."),
    signal("coin_wallet", _coin, spam=1.5, phishing=1.0,
           text="The text gives the address of a cryptocurrency wallet."),
    signal("call_back_number", _call, phishing=2.8, spam=0.8, social_engineering=2.0,
           text="A bill nobody ordered gives a number to call."),
    signal("page_without_text", _page_only, spam=0.3, phishing=0.3,
           text="There is a page but no plain text."),
    signal("text_shouts", _shouts, spam=1.0,
           text="Most of the text is in capitals."),
    signal("text_exclaims", _exclaims, spam=0.6,
           text="Exclamation marks in a row."),
)  # fmt: skip
