# SPDX-License-Identifier: Apache-2.0
# What Mail::DKIM makes of the mail on standard input, asking the name server on port ARGV[0] of this host: a line
# for each signature with domain, selector, algorithm and result.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS;

Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $ARGV[0], recurse => 1));
binmode STDIN;
my $verifier = Mail::DKIM::Verifier->new;
$verifier->PRINT(do { local $/; <STDIN> });
$verifier->CLOSE;
print join(' ', $_->domain, $_->selector, $_->algorithm, $_->result), "\n" for $verifier->signatures;
