# SPDX-License-Identifier: Apache-2.0
"""What the checks of a node have to say, and what to do about it."""

from mailward.contract.wording import Sentence

SCHEMA = Sentence("health.schema.current", "schema {version}")
OTHER_SCHEMA = Sentence("health.schema.other", "the schema is {version}, this program needs {newest}")
MIGRATE = Sentence("health.schema.migrate", "start the newest version of Mailward once; it migrates the database")
STEADY = Sentence("health.clock.steady", "the clock goes steadily")
JUMPED = Sentence("health.clock.jumped", "the clock jumped by more than a day; no purging until {until}")
SET_CLOCK = Sentence("health.clock.set", "set the clock right if it is wrong; if it is right, there is nothing to do")
SCANS = Sentence("health.scanning.answers", "the scan workers answer")
SEE_WORKERS = Sentence("health.scanning.see", "look for scan_worker events in the log; mail is deferred meanwhile")
EMPTY = Sentence("health.queue.empty", "nothing waits")
WAITING = Sentence("health.queue.waiting", "{copies} copies wait, the oldest for {seconds} seconds")
SEE_TIMELINES = Sentence("health.queue.see", "see in the timelines what the servers behind us answer")
FREE = Sentence("health.disk.free", "{megabytes} MB free for bodies and records")
FULL = Sentence("health.disk.full", "make room: mail is refused for now, and senders try again")
MAKE_ROOM = Sentence("health.disk.make_room", "make room on this disk")
PROTECTED = Sentence("health.policy.protected", "{organizations} organizations, {domains} domains")
UNPROTECTED = Sentence("health.policy.unprotected", "no domain is protected yet")
INITIALIZE = Sentence("health.policy.initialize", "run mailward init")
NO_DANE = Sentence("health.dane.unasked", "nobody asks for DANE")
VALIDATING = Sentence("health.dane.validating", "the name servers are said to check DNSSEC")
INSECURE = Sentence("health.dane.insecure", "{names} asks for DANE, and no answer counts as secure")
VALIDATE = Sentence(
    "health.dane.validate", "let name servers on this host check DNSSEC, and set MAILWARD_DNS_VALIDATES=1"
)
LISTS_WELL = Sentence("health.lists.well", "every DNS block list that is used passed its test")
LISTS_SICK = Sentence("health.lists.sick", "not asked for now: {lists}")
OWN_RESOLVER = Sentence(
    "health.lists.own_resolver",
    "ask from a resolver of your own, or remove the list; it is tested every ten minutes",
)
NO_COUNTRIES = Sentence("health.countries.none", "no country file is named; nobody is judged by country")
NAME_COUNTRIES = Sentence("health.countries.name", "name a country file in MaxMind's format in MAILWARD_GEOIP")
COUNTRIES = Sentence("health.countries.day", "country file of {day}")

WEB_LISTS = Sentence("health.web_lists.well", "lists of web addresses: {lists}")
NO_WEB_LISTS = Sentence("health.web_lists.none", "no list of web addresses was brought; they are judged by their shape")
WEB_LISTS_SICK = Sentence("health.web_lists.sick", "web addresses stay untested: {lists}")
BRING_WEB_LIST = Sentence(
    "health.web_lists.bring", "bring the list again with mailward web-reputation import, or remove it"
)
