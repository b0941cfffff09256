#!/bin/sh
# Installs what the tests use of Debian, saying so; as anyone but root it only says what is missing.
set -eu

missing=""
need() { command -v "$2" >/dev/null 2>&1 || [ -x "/usr/sbin/$2" ] || missing="$missing $1"; }
need chromium chromium
need swaks swaks
[ -e /usr/share/perl5/auto/Net/SSLeay ] || [ -e /usr/lib/x86_64-linux-gnu/perl5/5.36/Net/SSLeay.pm ] || [ -e /usr/lib/aarch64-linux-gnu/perl5/5.36/Net/SSLeay.pm ] || missing="$missing libnet-ssleay-perl"
need postfix smtp-source
need rspamd rspamd
need clamav-daemon clamd
need bubblewrap bwrap
need xmlsec1 xmlsec1
need strace strace
need libxml2-utils xmllint
need xfsprogs mkfs.xfs
need gcc cc
[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
need unbound unbound
need nsd nsd
need rbldnsd rbldnsd
need dovecot-lmtpd dovecot
need dovecot-imapd dovecot
[ -e /usr/share/perl5/Mail/DKIM/Verifier.pm ] || missing="$missing libmail-dkim-perl"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "Some tests need Debian packages that are missing. Run as root: apt-get install$missing" >&2
    exit 1
fi
echo "Installing the Debian packages that the tests use:$missing" >&2
apt-get update -qq
# Nothing of this may start a service: the tests start what they need, on ports of their own.
policy=/usr/sbin/policy-rc.d
[ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && trap 'rm -f $policy' EXIT; }
# shellcheck disable=SC2086 # a list of package names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
