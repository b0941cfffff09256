# SPDX-License-Identifier: Apache-2.0
"""A guess at the language of a text, from its script and its commonest short words.

Enough to pick the right list of lure words and to show the reader what they deal with; no model, no
data file, one pass. An honest "" where the words do not say.
"""

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]{1,40}")
_SAMPLE = 2_000
_MIN_WORDS = 4
_MIN_SHARE = 0.06
_MIN_LETTERS = 10
_SCRIPT_SHARE = 0.3
_KANA_SHARE = 0.05

_WORDS = {
    "en": """the and of to in is you for that it on with are this be your have from we not by will please our can or
    an as at was but they if has all""",
    "de": """der die und das den nicht sie mit ist ich von zu für auf ein eine dem des sich auch wir bitte ihr ihre
    ihnen werden wird oder haben sind bei im am als aus wenn nach uns""",
    "fr": """le la les de des et un une est vous pour dans que qui sur pas votre nous avec ce au du ne je il elle
    sont par plus être cette merci veuillez notre vos ou aux""",
    "es": """el la los las de que y en un una es por para con su no se del al lo como más pero sus le ya este usted
    si porque esta cuando muy sin sobre nuestro gracias ha""",
    "it": """il la di che e un una per non con sono del della le si da come al ha lo i gli nel più suo anche questo
    alla tua ti è dei delle sua per favore grazie su dal vostro""",
    "pt": """o a os as de que e do da em um uma para não com por se na no dos das mais como mas foi ao ele sua seu
    você ou são pelo pela está isso obrigado também já nossa sem""",
    "nl": """de het een en van ik je dat is niet in te op met voor zijn er maar ook aan om dit bij u uw wij we naar
    kan worden heeft deze als of wordt door nog hebben over""",
    "pl": """i w nie na do to się że jest z co jak ale po za tak od przez dla czy już może tylko być są pan pani oraz
    który która ten tym proszę państwa ze o lub konto""",
    "tr": """ve bir bu için ile da de çok ne olarak daha gibi var sonra kadar en değil mi olan hesap sizin lütfen
    tarafından ancak veya her şey size olduğu ben o siz kullanıcı""",
    "sv": """och att det i en som på är av för med till den inte har de ett om du vi din ditt kan från men var så
    eller när vill ska dig er vår här nu detta under mot""",
    "ru": """и в не на что с по это как для вы мы ваш вас от из к у за но его если все так же она они при или был
    быть ваши вам до""",
    "uk": """і в не на що з по це як для ви ми ваш вас від із до у за але його якщо всі так та вона вони при або був
    бути ваші вам є під""",
}
_INDEX: dict[str, list[str]] = {}
for _language, _list in _WORDS.items():
    for _word in set(_list.split()):
        _INDEX.setdefault(_word, []).append(_language)

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9d]")
_HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_UKRAINIAN = re.compile(r"[іїєґ]")
_RUSSIAN = re.compile(r"[ыэъё]")
_LETTER = re.compile(r"[^\W\d_]")


def guess(text: str) -> str:
    """The ISO 639-1 code of the likeliest language, or empty. Looks at the first 2,000 characters."""
    sample = text[:_SAMPLE].lower()
    if not sample.isascii():
        found = _by_script(sample)
        if found:
            return found
    words = _WORD.findall(sample)
    if len(words) < _MIN_WORDS:
        return ""
    votes: dict[str, float] = {}
    for word, count in Counter(words).items():
        languages = _INDEX.get(word)
        if languages:
            share = count / len(languages)
            for language in languages:
                votes[language] = votes.get(language, 0.0) + share
    if not votes:
        return ""
    best = max(votes, key=votes.__getitem__)
    return best if votes[best] >= max(1.0, len(words) * _MIN_SHARE) else ""


def _by_script(sample: str) -> str:
    letters = len(_LETTER.findall(sample))
    if letters < _MIN_LETTERS:
        return ""
    han, kana = len(_HAN.findall(sample)), len(_KANA.findall(sample))
    if (han + kana) > letters * _SCRIPT_SHARE:
        return "ja" if kana > (han + kana) * _KANA_SHARE else "zh"
    if len(_HANGUL.findall(sample)) > letters * _SCRIPT_SHARE:
        return "ko"
    if len(_ARABIC.findall(sample)) > letters * _SCRIPT_SHARE:
        return "ar"
    if len(_CYRILLIC.findall(sample)) > letters * _SCRIPT_SHARE:
        return "uk" if len(_UKRAINIAN.findall(sample)) > len(_RUSSIAN.findall(sample)) else "ru"
    return ""
