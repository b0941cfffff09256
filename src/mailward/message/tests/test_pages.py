# SPDX-License-Identifier: Apache-2.0
"""What is read out of pages and texts: visible and hidden words, true targets, forms."""

import pytest

from mailward.message import html, links


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "visibility:hidden",
        "font-size:0",
        "font-size:1px",
        "font:0/0 arial",
        "opacity:0",
        "max-height:0;overflow:hidden",
        "position:absolute;left:-9999px",
        "text-indent:-9999px",
        "color:#fff",
        "color:white;background:white",
        "color:rgb(254,254,254)",
        "d\\69splay:none",
        "clip:rect(0,0,0,0)",
    ],
)
def test_hidden_text_is_told_apart(style):
    view = html.read(f'<p>Hello <span style="{style}">secret words</span> there</p>')
    assert "secret" not in view.text
    assert view.hidden_text == "secret words"
    assert "Hello" in view.text


@pytest.mark.parametrize(
    "style",
    ["color:#333", "font-size:14px", "display:block", "color:#fff;background:#000", "opacity:.9", "max-height:20px"],
)
def test_shown_text_is_not(style):
    view = html.read(f'<p>Hello <span style="{style}">open words</span></p>')
    assert "open words" in view.text
    assert view.hidden_text == ""


def test_style_sheets_hide_too_but_not_for_one_width_only():
    sheet = "<style>.x{display:none} @media (max-width:600px){.y{display:none}} #z{font-size:0}</style>"
    view = html.read(f"{sheet}<p class=x>one</p><p class=y>two</p><p id=z>three</p>")
    assert view.text == "two"
    assert view.hidden_text.split() == ["one", "three"]


def test_words_stay_whole_and_blocks_apart():
    assert html.read("<p>Pay<b>pal</b><!-- x --> Inc</p><p>two</p><td>a</td>").text == "Paypal Inc\ntwo\na"
    assert html.read("Pay<!-- x -->pal").comment_splits == 1


def test_links_with_text_and_true_target():
    page = """<base href="https://base.test/dir/"><a href="http://evil.test\\@good.test/">www.good.test</a>
      <a href=page><img src=cid:1 alt="Pay now"></a><area href=//area.test><form action=//form.test/x></form>
      <iframe src=//frame.test></iframe><meta http-equiv=Refresh content="0; URL='//meta.test'"><a href="#x">no</a>
      <a href="mailto:a@b.test">no</a><a href="java\nscript:x()">js</a>"""
    found = {(link.place, link.text): (link.host, link.target) for link in html.read(page).links}
    assert found["html a", "www.good.test"] == ("evil.test", "http://evil.test/@good.test/")
    assert found["html a", "Pay now"][1] == "https://base.test/dir/page"
    assert found["html a", "js"] == ("", "javascript:x()")
    assert {place for place, _ in found} == {"html a", "html area", "html form", "html iframe", "html meta"}


def test_forms_images_and_scripts():
    view = html.read(
        "<form action=http://x.test method=POST><input type=PASSWORD><input name=u></form>"
        "<img src=http://i.test/p.gif width=1 height=1px><body onload='x()'><script>1</script>"
    )
    assert view.forms == (html.Form("http://x.test", "post", 2, 1),)
    assert view.password_fields == 1
    assert view.images == (html.Image("http://i.test/p.gif", 1, 1),)
    assert view.scripts == 2


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 5_000 + "<a href=http://deep.test>x</a>",
        "<a " + " ".join(f"a{number}" for number in range(5_000)) + " href=http://deep.test>x</a>",
        "<select>" + "<option>" * 5_000 + "</select><a href=http://deep.test>x</a>",
        "<b>" * 50_000 + "<a href=http://deep.test>x</a>",
    ],
)
def test_costly_pages_are_stripped_and_keep_their_links(page):
    view = html.read(page)
    assert view.limits
    assert [link.host for link in view.links] == ["deep.test"]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("see http://a.test/x.", ["http://a.test/x"]),
        ("(https://a.test/(x))", ["https://a.test/(x)"]),
        ("<http://a.test/long\r\n/path>", ["http://a.test/long/path"]),
        ("hxxps://a[.]test/x", ["https://a.test/x"]),
        ("www.example.com, and", ["http://www.example.com/"]),
        ("go to example.co.uk/login now", ["http://example.co.uk/login"]),
        ("点击http://example.com/a。谢谢", ["http://example.com/a"]),
        ("http://0x7f.1/", ["http://127.0.0.1/"]),
        ("http://user:pw@evil.test/", ["http://user:pw@evil.test/"]),
        ("bücher.de", ["http://xn--bcher-kva.de/"]),
        ("mail a@example.com or read file.zip, e.g. this", []),
        ("no.such-top-level-name here", []),
    ],
)
def test_addresses_in_text(text, targets):
    assert [link.target for link in links.find(text, "text")] == targets


def test_hosts_as_a_browser_sees_them():
    assert links.normalise("http:\\\\evil.test\\@good.test") == ("http://evil.test/@good.test", "evil.test")
    assert links.normalise(" ht\ntp://2130706433") == ("http://127.0.0.1/", "127.0.0.1")
    assert links.normalise("data:text/html,x") == ("data:text/html,x", "")
    assert links.normalise("http://") is None
