# SPDX-License-Identifier: Apache-2.0
"""What is attached, as far as it tells a lure; whether a file is harmful is for other engines to say."""

import re

from mailward.engines.antispam.domains import is_free_mail, looks_random
from mailward.engines.antispam.signal import Seen, Signal, signal
from mailward.engines.antispam.survey import Survey
from mailward.message.content import File

_MAX_FILES = 30
_PROGRAM = re.compile(
    r"\.(?:exe|scr|pif|com|cpl|jse?|vb[se]|wsf|wsh|hta|msi|bat|cmd|ps1|jar|lnk|reg|sct|chm|xll|one|iso|img|vhdx?|dll|apk)$",
    re.IGNORECASE,
)
_DOUBLE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|txt|rtf|csv|zip|mp3|mp4)[ ._-]{0,40}\.(?:exe|scr|pif|com|cpl|jse?|vb[se]|wsf|hta|msi|bat|cmd|ps1|jar|lnk|s?html?|iso|img|zip|rar|7z|ace|gz|xz|z|r\d\d|cab|arj|lzh)$",
    re.IGNORECASE,
)
_ARCHIVE = frozenset({"zip", "rar", "7z", "ace", "cab", "gz", "gzip", "xz", "bz2", "arj", "lzh", "tar", "iso", "img"})
_PAGE = frozenset({"html", "hta", "svg"})
_RARE = re.compile(r"\.(?:ace|arj|lzh|lha|cab|r\d\d|z|iso|img|uue|gz|xz|tar|daa|vhdx?)$", re.IGNORECASE)
_PASSWORD = re.compile(
    r"\b(?:password|pass ?code|passwort|kennwort|mot de passe|contrasena|senha|wachtwoord|haslo|пароль)(?: \w+){0,3} ?[:=]? ?[\"']?\w{2,}|\b(?:pin|pwd|pw|senha de acesso)\b ?[:=]? ?\w{2,}|密码|パスワード"
)
_BILL = re.compile(
    r"invoice|rechnung|facture|factura|fattura|fatura|faktura|payment|remit|swift|order|\bpo\b|quot|rfq|statement|receipt|proof|bank|transfer|voice|fax|scan|doc|secure|shipment|bl\b|awb|dhl|contract|comprovante|boleto|nota|extrato|счет",
    re.IGNORECASE,
)
_MACRO = re.compile(r"\.(?:doc|xls|ppt)m$|\.(?:xlsb|xlam|dotm|xltm)$", re.IGNORECASE)
_FEW_WORDS = 60


def _files(survey: Survey) -> tuple[File, ...]:
    return survey.reading.files[:_MAX_FILES]


def _first(_: Survey, found: list[File]) -> Seen | None:
    return Seen(found[0].name or found[0].declared, found[0].place) if found else None


def _page(survey: Survey) -> Seen | None:
    return _first(
        survey, [file for file in _files(survey) if file.true_type in _PAGE and file.part.disposition == "attachment"]
    )


def _busy_page(survey: Survey) -> Seen | None:
    """An attached page with a password field, or a script that builds what is not there."""
    for file, view in survey.reading.attached_pages:
        if view.password_fields or view.forms:
            return Seen(file.name, file.place)
        if view.scripts and _BUILDS.search(file.data[:_MAX_SCRIPT]):
            return Seen(file.name, file.place)
    return None


_BUILDS = re.compile(
    rb"atob\s*\(|unescape\s*\(|fromCharCode|document\.write|createObjectURL|msSaveOrOpenBlob|eval\s*\(|location(?:\.href)?\s*=|decodeURIComponent"
)
_MAX_SCRIPT = 512 * 1024


def _double(survey: Survey) -> Seen | None:
    return _first(
        survey, [file for file in _files(survey) if any(_DOUBLE.search(name) for name in (file.name, *file.names))]
    )


def _program(survey: Survey) -> Seen | None:
    programs = {"pe", "elf", "mach-o", "lnk", "msi", "script", "jar", "vbs", "js"}
    return _first(survey, [file for file in _files(survey) if _PROGRAM.search(file.name) or file.true_type in programs])


def _rare_archive(survey: Survey) -> Seen | None:
    return (
        _first(survey, [file for file in _files(survey) if _RARE.search(file.name)])
        if not survey.is_discussion
        else None
    )


def _locked(survey: Survey) -> Seen | None:
    """An archive or document, with its password in the text: so that no scanner looks inside."""
    found = [
        file
        for file in _files(survey)
        if file.true_type in _ARCHIVE or file.true_type in {"pdf", "ole", "office", "docx", "xlsx"}
    ]
    if not found or not (spoken := _PASSWORD.search(survey.body.text[:6000])):
        return None
    return Seen(spoken[0], found[0].place)


def _macro(survey: Survey) -> Seen | None:
    return _first(survey, [file for file in _files(survey) if _MACRO.search(file.name)])


def _other_type(survey: Survey) -> Seen | None:
    """The name says one kind of file, the bytes say another."""
    said = {
        "pdf": {"pdf"},
        "png": {"png"},
        "jpg": {"jpeg", "jpg"},
        "docx": {"docx", "office", "zip"},
        "xlsx": {"xlsx", "office", "zip"},
    }
    odd = [
        file
        for file in _files(survey)
        if (kinds := said.get(file.name.rpartition(".")[2].lower()))
        and file.true_type not in kinds | {"unknown", ""}
        and file.true_type in _PAGE | _ARCHIVE | {"pe"}
    ]
    return _first(survey, odd)


def _only_file(survey: Survey) -> Seen | None:
    files = [
        file
        for file in _files(survey)
        if file.part.disposition == "attachment"
        and not file.declared.startswith(("text/calendar", "message/", "application/pgp", "application/pkcs7"))
    ]
    short = survey.words <= _FEW_WORDS and not survey.is_reply and not survey.is_discussion and not survey.is_report
    return _first(survey, [file for file in files if _BILL.search(file.name)]) if short else None


def _money(survey: Survey) -> Seen | None:
    return (
        _first(survey, [file for file in _files(survey) if _MONEY.search(file.name)])
        if not survey.is_reply and not survey.is_list
        else None
    )


_MONEY = re.compile(
    r"btc|bitcoin|usdt|crypto|balance|payout|winner|prize|lotter|donat|inherit|pontos|saldo|award|jackpot|beneficiar",
    re.IGNORECASE,
)


def _from_mailbox(survey: Survey) -> Seen | None:
    files = [
        file
        for file in _files(survey)
        if file.part.disposition == "attachment"
        and file.true_type in {"pdf", "png", "jpeg", "jpg", "docx", "html", "rtf"}
    ]
    terse = (
        survey.words <= _FEW_WORDS and not survey.is_reply and not survey.is_list and is_free_mail(survey.sender.domain)
    )
    return _first(survey, files) if terse and len(files) <= 2 else None


def _random_name(survey: Survey) -> Seen | None:
    files = [
        file
        for file in _files(survey)
        if not file.inline and looks_random(file.name.rpartition(".")[0]) and file.part.disposition == "attachment"
    ]
    return _first(survey, files) if len(files) == 1 and not survey.is_reply and not survey.is_list else None


def _picture_letter(survey: Survey) -> Seen | None:
    """The letter is in an attached picture or document; the mail itself says next to nothing."""
    files = [
        file
        for file in _files(survey)
        if file.true_type in {"pdf", "png", "jpeg", "jpg", "gif", "docx"} and file.size > _LETTER
    ]
    terse = survey.words <= _TERSE and not survey.is_reply and not survey.is_discussion
    return _first(survey, files) if terse and len(files) <= 2 else None


_LETTER = 8_000
_TERSE = 15


SIGNALS: tuple[Signal, ...] = (
    signal("page_attached", _page, phishing=1.8, spam=0.6, social_engineering=1.0,
           text="A web page is attached."),
    signal("page_attached_acts", _busy_page, phishing=3.0, social_engineering=1.5,
           text="An attached web page asks for data or builds itself by script."),
    signal("file_double_ending", _double, phishing=2.0, spam=1.5, social_engineering=2.5,
           text="An attachment hides its kind behind a second ending."),
    signal("file_is_program", _program, phishing=1.0, spam=1.0, social_engineering=1.5,
           text="A program is attached."),
    signal("file_rare_archive", _rare_archive, phishing=1.2, spam=1.2, social_engineering=1.0,
           text="An attachment is packed in a way that is seldom used but to slip through."),
    signal("file_locked", _locked, phishing=1.5, social_engineering=2.0,
           text="The text tells the password of an attachment, so that no scanner looks inside."),
    signal("file_with_macros", _macro, phishing=0.8, social_engineering=1.0,
           text="An attached document carries macros."),
    signal("file_other_kind", _other_type, phishing=1.5, social_engineering=2.0,
           text="An attachment is of another kind than its name says."),
    signal("file_bill_unasked", _only_file, phishing=0.6, spam=0.5, social_engineering=0.5,
           text="A short mail from nowhere with a bill or order attached."),
    signal("file_promises_money", _money, spam=1.6, phishing=0.8,
           text="An attachment's name promises money."),
    signal("file_from_mailbox", _from_mailbox, spam=0.6, phishing=0.6,
           text="A public mailbox sends a document with hardly a word."),
    signal("file_name_random", _random_name, spam=0.6, phishing=0.8,
           text="An attachment's name reads like a machine's choice."),
    signal("letter_is_a_file", _picture_letter, spam=1.0, phishing=0.8,
           text="The letter itself is a picture or a document; the mail says next to nothing."),
)  # fmt: skip
