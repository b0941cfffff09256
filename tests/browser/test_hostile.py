# SPDX-License-Identifier: Apache-2.0
"""A mail that tries everything, looked at in every way: no script runs, and nothing is asked of anybody."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from house import letter

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HTML = """<html><head>
<meta http-equiv="refresh" content="0;url={tracker}/refresh"><base href="{tracker}/base/">
<link rel="stylesheet" href="{tracker}/sheet.css"><link rel="prefetch" href="{tracker}/prefetch">
<link rel="dns-prefetch" href="//hostile.test"><link rel="icon" href="{tracker}/icon">
<style>@import url({tracker}/import.css); @font-face {{ font-family: x; src: url({tracker}/font) }}
body {{ background: url({tracker}/body) }} p {{ font-family: x; list-style: url("{tracker}/list"); cursor: url({tracker}/cursor), auto }}
.e {{ background: \\75 rl({tracker}/escaped); background-image: image-set("{tracker}/set" 1x) }}</style>
<script>alert(1); top.document.title = "owned"; fetch("{tracker}/fetch")</script>
<script src="{tracker}/script.js"></script></head>
<body onload="alert(2)" background="{tracker}/background">
<h1>Your parcel is waiting</h1>
<img src="{tracker}/pixel.gif" width=1 height=1><img src="//hostile.test/pixel.gif" srcset="{tracker}/srcset 2x">
<img src=x onerror="alert(3)"><p class=e style="background: url({tracker}/inline)" onclick="alert(4)">Pay now</p>
<svg onload="alert(5)"><script>alert(6)</script><image href="{tracker}/svg"/><use href="{tracker}/use#a"/>
<animate onbegin=alert(7) attributeName=x dur=1s></svg><math><mtext><style><img src=x onerror=alert(8)></style></mtext></math>
<a id=go href="javascript:alert(9)">Track it</a> <a href="{tracker}/link" ping="{tracker}/ping" target=_top>Confirm it</a>
<form action="{tracker}/form" method=post><input name=password autofocus onfocus="alert(10)"><button formaction="javascript:alert(11)">Send it</button></form>
<iframe src="{tracker}/frame" srcdoc="<script>alert(12)</script>"></iframe><object data="{tracker}/object"></object>
<embed src="{tracker}/embed"><video src="{tracker}/video" poster="{tracker}/poster" autoplay></video>
<audio src="{tracker}/audio" autoplay></audio><input type=image src="{tracker}/button"><details open ontoggle=alert(13)></details>
<noscript><p title="</noscript><img src=x onerror=alert(14)>"></noscript><table background="{tracker}/table"><tr><td>end</td></tr></table>
</body></html>"""


class Tracker:
    """A server of the attacker on this machine: it would be told of a request that the browser hides from us."""

    def __init__(self) -> None:
        asked = self.asked = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *words) -> None:
                """Nothing: `asked` tells."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def tracker():
    tracker = Tracker()
    yield tracker
    tracker.server.shutdown()
    tracker.server.server_close()


@pytest.fixture(scope="module")
def mail(demo, tracker):
    mark = str(uuid4())
    source = letter(
        f"<img src=x onerror=alert(20)> <script>alert(21)</script> \u202egpj.exe {mark}", "In short: pay.\n",
        From='"<svg onload=alert(22)>" <ann@sender.test>', Reply_To='"javascript:alert(23)" <x@hostile.test>',
    )  # fmt: skip
    head, _, _ = source.partition(b"\r\nContent-Type:")
    body = HTML.format(tracker=tracker.url).replace("\n", "\r\n")
    demo.send(
        head + b"\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body.encode() + b"\r\n"
    )
    return demo.api.wait_for(f'subject:"{mark}"')


@pytest.mark.parametrize("face", ["Rendered", "Text", "HTML source", "Parts"])
def test_no_face_of_the_preview_runs_or_asks_anything(reader, tracker, mail, face):
    page = reader.visit(f"/console/messages/{mail['id']}?tab=preview")
    page.get_by_text(face, exact=True).click()
    if face == "Rendered":
        inside = page.frame_locator("iframe")
        expect(inside.get_by_text("Your parcel is waiting")).to_be_visible()
        expect(page.get_by_text("remote images were not loaded")).to_be_visible()
        for word in ("Track it", "Confirm it", "Pay now"):
            inside.get_by_text(word).click()
        assert (
            inside.locator(
                "script, form, input, button, iframe, object, embed, [href], [onerror], base, meta[http-equiv=refresh]"
            ).count()
            == 0
        )
    page.wait_for_timeout(300)
    assert tracker.asked == []
    assert len(page.context.pages) == 1
    assert page.url.startswith(f"{reader.base}/console/messages/{mail['id']}")
    assert page.title() != "owned"


def test_the_made_safe_page_is_safe_even_outside_of_its_frame(reader, demo, tracker, mail):
    url = demo.api.get(f"/api/v1/messages/{mail['id']}/preview")["url"]
    reader.page.goto(reader.base + url)
    expect(reader.page.get_by_text("Your parcel is waiting")).to_be_visible()
    reader.page.wait_for_timeout(300)
    assert tracker.asked == []
    assert reader.page.url == reader.base + url
    assert {request for request in reader.requests if not request.startswith("data:")} == {reader.base + url}


def test_hostile_headers_are_text_wherever_they_are_shown(reader, tracker, mail):
    page = reader.visit(f"/console/messages?open={mail['id']}")
    expect(page.locator("article h1")).to_contain_text("<script>alert(21)</script>")
    assert "\u202e" not in page.locator("article h1").inner_text()
    for tab in ("Links", "Authentication", "Timeline", "Headers", "Raw"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
    assert page.locator("main script, main img, [onerror], [onload]").count() == 0
    assert page.locator("a[href^=javascript], a[href*='hostile.test']").count() == 0
    assert tracker.asked == []
