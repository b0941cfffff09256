# SPDX-License-Identifier: Apache-2.0
"""What we publish is what our own reading of others' policies understands, and its id is its own."""

import pytest

from mailward.control.mta_sts.policy_text import id_of, permits, read_hosts, record_of, text_of
from mailward.control.mta_sts.shapes import PolicyMode


def test_a_text_and_its_id():
    text = text_of(PolicyMode.ENFORCE, ["mx1.example.test", "*.example.test"], 604800)
    assert (
        text == "version: STSv1\r\nmode: enforce\r\nmx: mx1.example.test\r\nmx: *.example.test\r\nmax_age: 604800\r\n"
    )
    assert record_of(text) == f"v=STSv1; id={id_of(text)};"
    assert id_of(text).isalnum()
    assert len(id_of(text)) == 32
    others = {
        id_of(text_of(PolicyMode.TESTING, ["mx1.example.test", "*.example.test"], 604800)),
        id_of(text_of(PolicyMode.ENFORCE, ["mx1.example.test"], 604800)),
        id_of(text_of(PolicyMode.ENFORCE, ["mx1.example.test", "*.example.test"], 86400)),
    }
    assert len(others | {id_of(text)}) == 4


def test_hosts():
    assert read_hosts([" MX.Example.test. ", "*.bücher.test", "mx.example.test"]) == [
        "mx.example.test",
        "*.xn--bcher-kva.test",
    ]
    for bad in ("192.0.2.1", "mx example", "*", "*.*.test", "mx:25", "mx\r\nmode: none"):
        with pytest.raises(ValueError, match="no host name"):
            read_hosts([bad])
    assert permits(["*.example.test"], "MX.example.test.")
    assert not permits(["*.example.test"], "a.mx.example.test")
