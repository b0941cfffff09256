# SPDX-License-Identifier: Apache-2.0
"""The certificate that we make for ourselves."""

import pytest

from mailward.edge.tls import own_certificate, server_context


def test_it_is_made_once(tmp_path):
    pair = own_certificate(tmp_path / "keys", "mx.example.test")
    before = [path.read_bytes() for path in pair]
    server_context(*own_certificate(tmp_path / "keys", "mx.example.test"))
    assert [path.read_bytes() for path in pair] == before


@pytest.mark.parametrize("broken", [0, 1])
@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n"])
def test_a_broken_one_is_made_anew(tmp_path, broken, content):
    pair = own_certificate(tmp_path, "mx.example.test")
    pair[broken].write_bytes(content)
    server_context(*own_certificate(tmp_path, "mx.example.test"))


def test_a_key_of_another_certificate_is_made_anew(tmp_path):
    certificate, _ = own_certificate(tmp_path, "mx.example.test")
    other, _ = own_certificate(tmp_path / "other", "mx.example.test")
    certificate.write_bytes(other.read_bytes())
    server_context(*own_certificate(tmp_path, "mx.example.test"))
