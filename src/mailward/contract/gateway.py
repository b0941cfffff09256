# SPDX-License-Identifier: Apache-2.0
"""Who we are to the world: what servers greet us by, and what the MX records of protected domains name."""

import msgspec


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """This installation. `hostname` is the name that we greet with; `mail_exchanges` are the host names that MX
    records of protected domains may name to bring us their mail, in lower case without a final dot; `spf` is the
    SPF term under which receivers accept what we send, made of the host name if empty."""

    hostname: str = "localhost"
    mail_exchanges: tuple[str, ...] = ("localhost",)
    spf: str = ""

    @property
    def spf_term(self) -> str:
        """The term that an SPF record needs (RFC 7208, 5)."""
        return self.spf or f"a:{self.hostname}"
