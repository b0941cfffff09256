# SPDX-License-Identifier: Apache-2.0
"""What odd web addresses look like. The signals about links and the rating of addresses read the same list."""

import re

LOGIN = re.compile(
    r"(?<![a-z])(?:log-?in|sign-?in|webmail|verif(?:y|ication|ica)|secure|security|account|update|auth|confirm|password|wallet|unlock|billing|"
    r"office365|outlook|owa|roundcube|zimbra|validate|recover|suspend|support-|atualiz|acesso|seguro|konto|kunden|sicherheit|auth[0-9]*)(?![a-z])"
)
BUILT = re.compile(
    r"/(?:wp-(?:content|includes|admin)|\.well-known|~[a-z]+|cgi-bin|vendor|phpmailer|css|js|images?|tmp)/[^?#]*\.(?:php|html?)",
    re.IGNORECASE,
)
PROGRAM = re.compile(
    r"\.(?:exe|scr|js|jse|vbs|vbe|hta|msi|bat|cmd|ps1|iso|img|jar|lnk|apk|zip|rar|7z|ace|cab)(?:$|[?#])", re.IGNORECASE
)
LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{40,}")
ODD_PORT = re.compile(r"^\w+://[^/?#]*:(?!80\b|443\b|8080\b|8443\b)\d+")
USER = re.compile(r"^\w+://[^/?#@]{0,200}@")
