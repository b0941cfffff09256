# SPDX-License-Identifier: Apache-2.0
"""Header fields, parts and texts of ordinary mail."""

import base64
import binascii

import pytest

from mailward import message
from mailward.contract.mail import Address
from mailward.message import charsets, encoded_words, language, parameters, transfer
from mailward.message.addresses import parse_addresses


def test_headers_keep_their_bytes_and_places():
    raw = (
        b"Received: one\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_aus?= Ulm\r\nFrom: a@B.test\r\n\r\nbody"
    )
    mail = message.parse(raw)
    assert [header.name for header in mail.headers] == ["Received", "Subject", "From"]
    assert b"".join(raw[header.start : header.end] for header in mail.headers) + b"\r\nbody" == raw
    assert mail.subject == "Grüße aus Ulm"
    assert mail.senders == (Address("", "a@b.test"),)
    assert raw[mail.body_start :] == b"body"
    assert mail.first("date") == ""
    assert mail.every("received") == ("one",)


def test_asking_for_headers_touches_no_body():
    mail = message.parse(
        b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"
    )
    assert mail.senders[0].address == "a@b.test"
    assert "structure" not in vars(mail)


def test_parts_of_an_encoded_attached_message_are_listed():
    inner = b"From: c@d.test\r\nSubject: in\r\nContent-Type: text/plain; name=in.txt\r\n\r\ndeep"
    raw = b"From: a@b.test\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = message.parse(raw + base64.encodebytes(inner))
    assert [(part.path, part.name, part.text()) for part in mail.parts] == [("1.1", "in.txt", "deep")]


def test_paths_count_as_in_imap():
    raw = (
        b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative;"
        b" boundary=c\r\n\r\n--c\r\n\r\none\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>two\r\n--c--\r\n--a\r\n"
        b"Content-Type: image/png\r\nContent-ID: <pic>\r\n\r\nx\r\n--a--\r\n"
    )
    mail = message.parse(raw)
    assert [part.path for part in mail.tree] == ["0", "1", "1.1", "1.2", "2"]
    assert mail.plain_texts == ("one",)
    assert mail.html_texts == ("<p>two",)
    assert mail.parts[2].content_id == "pic"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?B?w6Q=?=", "ä"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("=?utf-8?B?w6Q?= =?iso-8859-1*de?Q?=E4?=", "ää"),
        ("=?utf-8?B?w?= x", "=?utf-8?B?w?= x".replace("=?utf-8?B?w?=", "")),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),
        ("=?x?Z?a?=", "=?x?Z?a?="),
        ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("=?unknown-set?q?ab?=", "ab"),
    ],
)
def test_encoded_words(value, expected):
    assert encoded_words.decode(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.test", [("", "a@b.test")]),
        ("Ann <a@B.Test>", [("Ann", "a@b.test")]),
        ('"Lee, Ann" <a@b.test>, c@d.test', [("Lee, Ann", "a@b.test"), ("", "c@d.test")]),
        ("=?utf-8?q?J=C3=BCrgen=2C_x?= <j@b.test>", [("Jürgen, x", "j@b.test")]),
        ("a@b.test (Ann)", [("Ann", "a@b.test")]),
        ("Team: a@b.test, c@d.test;", [("", "a@b.test"), ("", "c@d.test")]),
        ("undisclosed-recipients:;", []),
        ("<@route.test:a@b.test>", [("", "a@b.test")]),
        ('"bank@real.test" <x@evil.test>', [("bank@real.test", "x@evil.test")]),
        ('bank@real.test" <x@evil.test>', [("bank@real.test", "x@evil.test")]),
        ('"a b"@c.test', [("", '"a b"@c.test')]),
        ("Ann <a@b.test", [("Ann", "a@b.test")]),
        ("Mail System <MAILER-DAEMON>", [("Mail System", "")]),
        ("", []),
    ],
)
def test_addresses(value, expected):
    found = [(one.name.strip('"'), one.address) for one in parse_addresses(value)]
    assert found == expected


def test_addresses_are_capped():
    assert len(parse_addresses("a@b.test, " * 10_000)) == 2_000
    mail = message.parse(b"From: " + b"a@b.test, " * 5_000 + b"\r\n\r\n")
    assert "addresses" in mail.limits


@pytest.mark.parametrize(
    ("data", "label", "expected"),
    [
        ("ä".encode("latin-1"), "iso-8859-1", "ä"),
        (b"\x80", "us-ascii", "€"),
        ("ä".encode(), "us-ascii", "ä"),
        ("ﾃ".encode("cp932"), "x-sjis", "ﾃ"),
        ("한".encode("cp949"), "ks_c_5601-1987", "한"),
        ("Ж".encode("koi8-r"), '"KOI8-R"', "Ж"),
        (b"+AOQ-", "unicode-1-1-utf-7", "ä"),
        ("ä".encode(), "rot13", "ä"),
        ("ä".encode(), "idna", "ä"),
        (b"\0f\0i", "utf-16", "fi"),
        (b"\xff", "utf-8", "\ufffd"),
    ],
)
def test_charsets(data, label, expected):
    assert charsets.decode(data, label) == expected


def test_unknown_labels_are_known_as_such():
    assert charsets.known("utf-8")
    assert charsets.known("")
    assert not charsets.known("klingon-1")
    assert not charsets.known("x" * 10_000)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b"attachment; filename=a.pdf", ("a.pdf",)),
        (b'attachment; filename="a b.pdf"', ("a b.pdf",)),
        (b"attachment; filename*=utf-8''%e2%82%ac.pdf", ("€.pdf",)),
        (b"attachment; filename*0=a; filename*1=.pdf", ("a.pdf",)),
        (b'attachment; filename="=?utf-8?q?=C3=A4?=.pdf"', ("ä.pdf",)),
    ],
)
def test_file_names(raw, names):
    assert parameters.parse(raw).names == names


def test_names_that_readers_cut_differently_are_all_kept():
    value = parameters.parse(b'attachment; filename="a.txt"; filename="a.exe"')
    assert set(value.names) == {"a.txt", "a.exe"}
    assert value.odd


def test_base64_as_mail_readers_read_it():
    data = bytes(range(256)) * 4
    text = base64.encodebytes(data)
    assert transfer.base64(text) == transfer.Decoded(data)
    assert transfer.base64(text.rstrip(b"=\n")).data == data
    assert transfer.base64(text + b"___________\nlist footer of words\n") == transfer.Decoded(data)
    two = base64.b64encode(b"a") + b"\n" + base64.b64encode(b"b" * 40)
    assert transfer.base64(two).data == b"a" + b"b" * 40
    assert transfer.base64(two).junk


def test_uuencoded_text_gives_up_its_file():
    lines = b"".join(binascii.b2a_uu(b"MZ program bytes " * 2) for _ in range(2))
    raw = b"From: a@b.test\r\n\r\nsee file\r\nbegin 644 x.exe\r\n" + lines.replace(b"\n", b"\r\n") + b"`\r\nend\r\n"
    parts = message.parse(raw).parts
    assert [(part.path, part.name) for part in parts] == [("1", ""), ("1.1", "x.exe")]
    assert parts[1].decode().startswith(b"MZ program")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Dear customer, your account has been suspended, please click on the link to verify it."),
        ("de", "Sehr geehrte Damen und Herren, wir haben Ihre Rechnung erhalten und bitten Sie um Zahlung."),
        ("fr", "Nous vous informons que votre compte est suspendu, veuillez cliquer sur le lien pour le vérifier."),
        ("es", "Le informamos que su cuenta ha sido suspendida, por favor haga clic en el enlace para verificar."),
        ("it", "La informiamo che il suo conto è stato sospeso, per favore clicca sul link per la verifica dei dati."),
        ("pt", "Informamos que a sua conta foi suspensa, por favor clique no link para confirmar os seus dados."),
        ("nl", "Wij hebben uw rekening geblokkeerd, klik op de link om het te controleren, het is niet lang."),
        ("pl", "Państwa konto zostało zablokowane, proszę kliknąć na link, aby się zalogować i to jest ważne."),
        ("ru", "Ваш счёт был заблокирован, пожалуйста, перейдите по ссылке, чтобы его проверить."),
        ("uk", "Ваш рахунок заблоковано, будь ласка, перейдіть за посиланням, щоб його перевірити."),
        ("zh", "尊敬的客户，您的账户已被暂停，请点击链接进行验证。"),
        ("ja", "お客様のアカウントは停止されました。リンクをクリックして確認してください。"),
        ("ko", "고객님의 계정이 정지되었습니다. 링크를 클릭하여 확인해 주세요."),
        ("ar", "عزيزي العميل تم تعليق حسابك يرجى النقر على الرابط للتحقق"),
        (
            "tr",
            "Sayın müşterimiz, hesabınız askıya alındı, lütfen bu bağlantı ile bir kez daha giriş için tıklayın ve.",
        ),
        ("sv", "Ditt konto har spärrats, klicka på länken för att verifiera dina uppgifter och det är viktigt."),
        ("", "x9 qq 77 zz"),
    ],
)
def test_language(code, text):
    assert language.guess(text) == code
