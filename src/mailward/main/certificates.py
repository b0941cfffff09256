# SPDX-License-Identifier: Apache-2.0
"""The node's certificates for people: how long they last, what is wrong with them, and `mailward reload`."""

import fcntl
import os
import signal
from contextlib import suppress
from datetime import datetime

import msgspec
import typer

from mailward.contract.wording import Sentence
from mailward.edge.certificates import Certificate, Pair, Sources, look
from mailward.edge.tls import own_certificate
from mailward.kit.clock import Clock
from mailward.main.configuration import Configuration
from mailward.web.health import Condition, Diagnosis

WARN_DAYS = (30, 14, 7)
"""Days before the end at which the health page begins to warn, warns again, and urges."""
EXIT_OK, EXIT_FAULT, EXIT_UNAVAILABLE = 0, 1, 69
_CURE = Sentence(
    "health.certificates.renew",
    "put a new certificate in its place and run `mailward reload`; docs/operations/certificates.md shows how"
    " that happens by itself",
)
_FAULTS = Sentence("health.certificates.faults", "{faults}; what was loaded before stays in use")
_MEND = Sentence(
    "health.certificates.mend", "mend the file; it is tried again by itself, or at once by `mailward reload`"
)
_EXPIRED = Sentence(
    "health.certificates.expired", "{file} for {names} expired on {day}: peers that check it bring no mail"
)
_EXPIRES = Sentence("health.certificates.expires", "{file} for {names} expires: on {day}, in {days} days")
_EXPIRES_SOON = Sentence(
    "health.certificates.expires_soon",
    "{file} for {names} expires soon, within two weeks: on {day}, in {days} days",
)
_EXPIRES_AT_ONCE = Sentence(
    "health.certificates.expires_at_once", "{file} for {names} expires within a week: on {day}, in {days} days"
)
_OWN = Sentence(
    "health.certificates.own",
    "a certificate of our own ({kinds}); senders that check names need one of an authority",
)
_WELL = Sentence("health.certificates.well", "{number} ({kinds}); the first ends on {day}")


def sources(configuration: Configuration) -> Sources:
    """Where this node's certificates lie; our own is made if it is not there yet."""
    own = Pair(*own_certificate(configuration.data / "keys", configuration.hostname))
    pairs = [Pair(*pair) for pair in zip(configuration.certificates, configuration.certificate_keys, strict=True)]
    return Sources(pairs=tuple(pairs), folder=configuration.data / "certificates", own=own)


def diagnose(certificates: list[Certificate], faults: list[str], now: datetime) -> Diagnosis:
    """What the health page says of them."""
    if faults:
        return Diagnosis(Condition.DEGRADED, _FAULTS(faults="; ".join(faults)), _MEND())
    first = min(certificates, key=lambda held: held.not_after)
    days = (first.not_after - now).days
    facts = {"file": first.file, "names": ", ".join(first.names[:3]), "day": f"{first.not_after:%Y-%m-%d}"}
    if first.not_after <= now:
        return Diagnosis(Condition.DEGRADED, _EXPIRED(**facts), _CURE())
    if days <= WARN_DAYS[0]:
        expires = (_EXPIRES, _EXPIRES_SOON, _EXPIRES_AT_ONCE)[sum(days <= limit for limit in WARN_DAYS) - 1]
        return Diagnosis(Condition.DEGRADED, expires(**facts, days=days), _CURE())
    kinds = ", ".join(sorted({held.kind for held in certificates}))
    if all(held.self_signed for held in certificates):
        return Diagnosis(Condition.OK, _OWN(kinds=kinds))
    return Diagnosis(Condition.OK, _WELL(number=len(certificates), kinds=kinds, day=facts["day"]))


def reload(configuration: Configuration, *, as_json: bool) -> int:
    """Look at the certificates, and if they are good have the running node load them: 0, 1 (a fault; nothing
    was changed) or 69 (no node runs here)."""
    found, faults = look(sources(configuration))
    running = _supervisor(configuration)
    if not faults and running:
        with suppress(ProcessLookupError):
            os.kill(running, signal.SIGHUP)
    if as_json:
        print(  # noqa: T201 - the command's output
            msgspec.json.encode(
                {"certificates": found, "faults": faults, "reloaded": bool(running) and not faults}
            ).decode()
        )
    else:
        _say(found, faults, running, Clock().now())
    if faults:
        return EXIT_FAULT
    return EXIT_OK if running else EXIT_UNAVAILABLE


def show(configuration: Configuration, *, as_json: bool) -> int:
    """Print what lies there: 0, or 1 if one cannot be used."""
    found, faults = look(sources(configuration))
    if as_json:
        print(msgspec.json.encode({"certificates": found, "faults": faults}).decode())  # noqa: T201 - the command's output
    else:
        _list(found, faults, Clock().now())
    return EXIT_FAULT if faults else EXIT_OK


def _list(found: list[Certificate], faults: list[str], now: datetime) -> None:
    for held in found:
        days = (held.not_after - now).days
        typer.echo(f"{held.kind:7} {held.not_after:%Y-%m-%d} ({days} days)  {', '.join(held.names[:5])}  {held.file}")
    for fault in faults:
        typer.echo(f"mailward: {fault}", err=True)


def _say(found: list[Certificate], faults: list[str], running: int, now: datetime) -> None:
    _list(found, faults, now)
    if faults:
        typer.echo("mailward: nothing was changed; the certificates that were loaded before stay in use", err=True)
    elif running:
        typer.echo("loaded: connections from now on see these")
    else:
        typer.echo("mailward: no Mailward runs on this --data folder; it will see these when it starts", err=True)


def _supervisor(configuration: Configuration) -> int:
    """The process id of the supervisor that holds the lock of the data directory, or 0."""
    try:
        with (configuration.data / "lock").open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = file.read(32).strip()
                return int(text) if text.isdigit() else 0
    except OSError:
        pass
    return 0
