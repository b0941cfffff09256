# SPDX-License-Identifier: Apache-2.0
"""What the edge says of its own accord, in words that help whoever reads them in a log far away."""

from mailward.contract.reply import Reply

OK = Reply(250, "2.0.0", "ok")
BYE = Reply(221, "2.0.0", "goodbye")
SENDER_OK = Reply(250, "2.1.0", "sender ok")
RECIPIENT_OK = Reply(250, "2.1.5", "recipient ok")
GO_AHEAD = Reply(354, "", "go ahead; end with <CRLF>.<CRLF>")
START_TLS = Reply(220, "2.0.0", "ready to start TLS")
HELP = Reply(214, "2.0.0", "this is a mail gateway; see RFC 5321")
CANNOT_VERIFY = Reply(252, "2.1.5", "addresses are not verified; send the mail and it will be tried")

TROUBLE = Reply(451, "4.3.0", "trouble on our side; please try again later")
FAULT = Reply(421, "4.3.0", "trouble on our side; please try again later")
OVERLOADED = Reply(421, "4.3.2", "too many connections here; please try again later")
TOO_MANY_FROM_YOU = Reply(421, "4.7.0", "too many connections from your address at the same time")
SHUTTING_DOWN = Reply(421, "4.3.2", "shutting down; please try again in a moment")
NO_ROOM = Reply(452, "4.3.1", "no room for mail at the moment; please try again later")
TOO_SLOW = Reply(421, "4.4.2", "nothing complete was received for too long; closing")
TOO_SLOW_BARE = Reply(421, "4.4.2", "no end of data was received; lines, and the dot that ends, must end in CRLF")
TOO_LONG_A_SESSION = Reply(421, "4.4.2", "this session has lasted too long; please connect again")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "too many errors; closing")
TOO_MUCH_JUNK = Reply(421, "4.7.0", "too many commands without a mail; closing")

EARLY = Reply(554, "5.5.1", "you spoke before the greeting; mail servers wait for it")
PIPELINED = Reply(554, "5.5.1", "you sent more before hearing the answer, where that is not allowed (RFC 2920)")
NOT_SMTP = Reply(554, "5.5.1", "this is a mail server; that is not SMTP")
LINE_TOO_LONG = Reply(500, "5.5.2", "the command line is too long")
BARE_IN_COMMAND = Reply(500, "5.5.2", "a command must end in CRLF, and hold no CR or LF elsewhere")
NUL_IN_COMMAND = Reply(500, "5.5.2", "a command must not hold a NUL")
NOT_UTF8 = Reply(500, "5.5.2", "a command must be ASCII or UTF-8")
UNKNOWN = Reply(500, "5.5.1", "command not recognised")
NOT_OFFERED = Reply(502, "5.5.1", "that command is not offered here")
TAKES_NOTHING = Reply(501, "5.5.4", "that command takes no argument")
HELLO_FIRST = Reply(503, "5.5.1", "say EHLO or HELO first")
MAIL_FIRST = Reply(503, "5.5.1", "say MAIL first")
RCPT_FIRST = Reply(503, "5.5.1", "no valid recipient yet: say RCPT first")
MAIL_AGAIN = Reply(503, "5.5.1", "a mail is already under way; say RSET to drop it")
CHUNKS_UNDER_WAY = Reply(503, "5.5.1", "BDAT has begun: only BDAT or RSET may follow")
TLS_ALREADY = Reply(503, "5.5.1", "TLS is already in use")
ONE_NAME = Reply(501, "5.5.4", "say your host name: one word, at most 255 ASCII letters, digits and dots")
CHUNK_SYNTAX = Reply(501, "5.5.4", "say BDAT <octets> or BDAT <octets> LAST")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "too many recipients in one mail; send the rest in another")
TOO_BIG = Reply(552, "5.3.4", "the mail is larger than is accepted here")
DATA_LINE_TOO_LONG = Reply(550, "5.6.0", "the mail holds a line that is too long; break it, or encode the part")
BARE_IN_DATA = Reply(
    550,
    "5.6.11",
    "the mail holds a CR or LF that stands alone; tell the administrator of the sending server\n"
    "that each line must end in CRLF (RFC 5321, 2.3.8)",
)
NUL_IN_DATA = Reply(550, "5.6.0", "the mail holds a NUL byte, which RFC 5321 does not allow; encode the part")
