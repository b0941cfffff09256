# SPDX-License-Identifier: Apache-2.0
"""What a connection test has to say of each step, and what to do about it."""

from mailward.contract.wording import Sentence

SLOW = Sentence("probe.slow", "the whole test took too long")
UNREACHABLE = Sentence(
    "probe.unreachable",
    "See that the host and port are right, that the server runs, and that its firewall lets this gateway in.",
)
NOT_SMTP = Sentence(
    "probe.not_smtp", "Something answers on this port, but not a mail server: check the host and the port."
)
NO_ADDRESS = Sentence("probe.no_address", "the name {host} has no address")
NO_ADDRESS_ADVICE = Sentence(
    "probe.no_address_advice", "Correct the host name, or see why this gateway's name server does not know it."
)
CONNECTED = Sentence("probe.connected", "connected to {host}:{port}")
UNWANTED = Sentence("probe.unwanted", "the server does not want us: it greets with {code}")
UNWANTED_ADVICE = Sentence("probe.unwanted_advice", "Allow this gateway's address on that server.")
CIRCLE = Sentence("probe.circle", "this server gives itself our own name: mail would go in circles")
CIRCLE_ADVICE = Sentence("probe.circle_advice", "Name the mail server behind this gateway, not the gateway itself.")
OFFERS = Sentence("probe.offers", "{name}; offers {words}")
OFFERS_NOTHING = Sentence("probe.offers_nothing", "{name}; offers nothing")
NO_CONNECTION = Sentence("probe.no_connection", "no connection: {trouble}")
NO_CONNECTION_YET = Sentence("probe.no_connection_yet", "no connection within {seconds} seconds")
HELLO_REFUSED = Sentence("probe.hello_refused", "the server refuses our greeting with {code}")
CLEAR = Sentence("probe.clear", "the server offers no TLS: mail goes to it in clear text")
CLEAR_ADVICE = Sentence(
    "probe.clear_advice", "Give the server a certificate, unless the way to it is a network of your own."
)
TLS_FAILS = Sentence("probe.tls_fails", "TLS is offered, but fails: {trouble}")
TLS_FAILS_ADVICE = Sentence(
    "probe.tls_fails_advice", "Mend TLS on the server. Until then mail goes to it in clear text."
)
CERTIFICATE = Sentence("probe.certificate", "for {names}, by {issuer}, until {until}")
UNVERIFIED = Sentence("probe.unverified", "for {names}, by {issuer}, until {until}; it cannot be verified: {trouble}")
UNVERIFIED_ADVICE = Sentence(
    "probe.unverified_advice", "This does no harm unless a TLS rule asks for a certificate that can be verified."
)
ENDS_SOON = Sentence("probe.ends_soon", "It ends in {days} days: renew it.")
SEE_LOG = Sentence("probe.see_log", "See the server's log.")
NULL_REFUSED_ADVICE = Sentence(
    "probe.null_refused_advice",
    "The server must take mail with an empty sender from this gateway: bounces have none.",
)
NULL_ACCEPTED = Sentence("probe.null_accepted", "the empty sender is accepted")
RECIPIENT_REFUSED_ADVICE = Sentence(
    "probe.recipient_refused_advice",
    "If this person exists, the server must take mail for the domain from this gateway.",
)
RECIPIENT_ACCEPTED = Sentence("probe.recipient_accepted", "{recipient} is accepted")
TAKEN = Sentence("probe.taken", "the test mail was taken: {answer}")
