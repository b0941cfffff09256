# SPDX-License-Identifier: Apache-2.0
"""The words of a notice: what happened, what the other server said, and what the reader can do now.

A mail in German is answered in German and then in English, every other one in English: the one language that
most readers and all administrators have.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailward.disposition.delivery.dsn import Action, Notice

Told = tuple[str, str, str]
"""(recipient, what was said, server)"""

_SUBJECTS = {
    ("failed", "en"): "Your mail could not be delivered",
    ("failed", "de"): "Ihre E-Mail konnte nicht zugestellt werden",
    ("delayed", "en"): "Your mail is delayed",
    ("delayed", "de"): "Ihre E-Mail verzögert sich",
    ("relayed", "en"): "Your mail was passed on",
    ("relayed", "de"): "Ihre E-Mail wurde weitergegeben",
}
_OPENINGS = {
    ("failed", "en"): "The mail that you sent{about} on {date} did not reach these recipients:",
    ("failed", "de"): "Die E-Mail, die Sie{about} am {date} gesendet haben, hat diese Empfänger nicht erreicht:",
    ("delayed", "en"): "The mail that you sent{about} on {date} has not reached these recipients yet:",
    ("delayed", "de"): "Die E-Mail, die Sie{about} am {date} gesendet haben, hat diese Empfänger noch nicht erreicht:",
    ("relayed", "en"): "The mail that you sent{about} on {date} was taken by the server of these recipients:",
    (
        "relayed",
        "de",
    ): "Die E-Mail, die Sie{about} am {date} gesendet haben, hat der Server dieser Empfänger angenommen:",
}
_CLOSINGS = {
    ("failed", "en"): (
        "It will not be tried again. Look whether the address is written correctly; if it is, what the other server\n"
        "said above tells its administrator what to change. Then send the mail again."
    ),
    ("failed", "de"): (
        "Es wird nicht weiter versucht. Prüfen Sie, ob die Adresse stimmt. Wenn ja, sagt die Antwort des anderen\n"
        "Servers dessen Administrator, was zu ändern ist. Senden Sie die E-Mail danach noch einmal."
    ),
    ("delayed", "en"): (
        "You need not do anything: we keep trying until {until}. If it has not been taken by then, you will be\n"
        "told. Do not send it again; it would arrive twice."
    ),
    ("delayed", "de"): (
        "Sie müssen nichts tun: Wir versuchen es bis {until} weiter. Gelingt es bis dahin nicht, erfahren Sie es.\n"
        "Senden Sie die E-Mail nicht noch einmal, sonst kommt sie doppelt an."
    ),
    ("relayed", "en"): (
        "You asked to be told. That server does not say when a mail is in the mailbox, so this is the last that you\n"
        "hear of it, unless something goes wrong there."
    ),
    ("relayed", "de"): (
        "Sie wollten das erfahren. Dieser Server meldet nicht, wann eine E-Mail im Postfach liegt. Sie hören also\n"
        "nichts weiter, es sei denn, dort geht etwas schief."
    ),
}
_SAID = {"en": "{server} said: {said}", "de": "{server} sagte: {said}"}
_SILENT = {"en": "No server took it: {said}", "de": "Kein Server hat sie angenommen: {said}"}
_ABOUT = {"en": ' with the subject "{subject}"', "de": ' mit dem Betreff "{subject}"'}
_SIGNED = {
    "en": "This notice was written by the mail gateway {reporter}. Nobody reads answers to it.",
    "de": "Diese Nachricht hat das Mail-Gateway {reporter} verfasst. Antworten darauf liest niemand.",
}
_DATES = {"en": "%d %B %Y, %H:%M UTC", "de": "%d.%m.%Y, %H:%M UTC"}
MOST_LISTED = 50


def subject(action: "Action", language: str) -> str:
    """The subject, in the first of the notice's languages."""
    return _SUBJECTS[action.value, _languages(language)[0]]


def words(notice: "Notice", *, about: str, told: Sequence[Told]) -> str:
    """The text. `about` is the subject of the mail, `told` what was said about each recipient."""
    return "\n\n--\n\n".join(_in(one, notice, about, told) for one in _languages(notice.language)) + "\n"


def _languages(language: str) -> tuple[str, ...]:
    return ("de", "en") if language == "de" else ("en",)


def _in(language: str, notice: "Notice", about: str, told: Sequence[Told]) -> str:
    key = (notice.action.value, language)
    date = notice.arrived_at.strftime(_DATES[language])
    until = notice.retry_until.strftime(_DATES[language])
    named = _ABOUT[language].format(subject="{subject}").replace("{subject}", about) if about else ""
    opening = _OPENINGS[key].replace("{date}", date).replace("{about}", named)
    lines = [f"  {recipient}\n    {_reason(language, said, server)}" for recipient, said, server in told[:MOST_LISTED]]
    if len(told) > MOST_LISTED:
        lines.append(f"  ... {len(told) - MOST_LISTED}")
    closing = _CLOSINGS[key].replace("{until}", until)
    signed = _SIGNED[language].replace("{reporter}", notice.reporter)
    return "\n\n".join((opening, *lines, closing, signed))


def _reason(language: str, said: str, server: str) -> str:
    if server:
        return _SAID[language].replace("{server}", server).replace("{said}", said)
    return _SILENT[language].replace("{said}", said)
