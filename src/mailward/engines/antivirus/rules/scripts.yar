// SPDX-License-Identifier: Apache-2.0
// Scripts that fetch and start something. `file` is what was attached or lay in an archive, unless it is
// of a kind with a name of its own.

rule script_dropper
{
    meta:
        text = "A script writes or fetches a file and starts it."
        weight = 8.0
        where = "file,hta,html_file,onenote"
    strings:
        $make1 = "ActiveXObject" nocase
        $make2 = /\b(wscript\.)?createobject\s{0,3}\(/ nocase
        $make3 = "GetObject(\"winmgmts" nocase
        $fetch1 = /(msxml2|microsoft)\.(server)?xmlhttp/ nocase
        $fetch2 = "winhttp.winhttprequest" nocase
        $fetch3 = "adodb.stream" nocase
        $fetch4 = "bitsadmin" nocase
        $fetch5 = "downloadfile" nocase
        $fetch6 = "powershell" nocase
        $fetch7 = "certutil" nocase
        $start1 = "wscript.shell" nocase
        $start2 = "shell.application" nocase
        $start3 = "win32_process" nocase
        $start4 = "shellexecute" nocase
    condition:
        any of ($make*) and any of ($start*) and any of ($fetch*)
}

rule script_starts_program
{
    meta:
        text = "A script is written to start a program on the reader's computer."
        weight = 5.0
        where = "file,hta,html_file,onenote"
    strings:
        $shell = /(wscript\.shell|shell\.application)["')\s]/ nocase
        $make = /(activexobject|createobject)\s{0,3}\(/ nocase
        $run = /\.(run|exec|shellexecute)\s{0,3}[\(\s]/ nocase
    condition:
        $shell and $make and $run
}

rule script_hides_its_words
{
    meta:
        text = "A script is scrambled, and unscrambles and runs itself."
        weight = 5.0
        where = "script_file"
    strings:
        $eval = /\b(eval|execute(global)?|new\s{1,3}function)\s{0,3}\(/ nocase
        $codes = /(fromcharcode|chrw?\s{0,2}\(|unescape\s{0,2}\(|\\x[0-9a-f]{2}\\x[0-9a-f]{2}|atob\s{0,2}\()/ nocase
        $object = /(activexobject|createobject|wscript)/ nocase
    condition:
        $eval and (#codes > 20 or (#codes > 0 and $object))
}

rule encoded_script
{
    meta:
        text = "A script is stored in Microsoft's scrambled form."
        weight = 7.0
        where = "file,hta,html_file"
    strings:
        $a = /#@~\^[A-Za-z0-9+\/]{6}==/
        $end = "^#~@"
    condition:
        $a and $end
}

rule html_application
{
    meta:
        text = "An HTML application: a web page that runs with all the rights of a program."
        weight = 5.0
        where = "file,hta,html_file,onenote"
    strings:
        $a = /<hta:application[\s>\/]/ nocase
    condition:
        $a
}

rule windows_script_file
{
    meta:
        text = "A Windows script file with code to run."
        weight = 5.0
        where = "file"
    strings:
        $job = /<job[\s>]/ nocase
        $script = /<script\s{1,5}language\s{0,3}=\s{0,3}["']?(vbscript|jscript|javascript)/ nocase
    condition:
        $job and $script
}

rule batch_dropper
{
    meta:
        text = "A batch file fetches something and starts it."
        weight = 7.0
        where = "file"
    strings:
        $echo = /@echo\s{1,3}off/ nocase
        $f1 = /certutil(\.exe)?\s[^\r\n]{0,80}-(urlcache|decode)/ nocase
        $f2 = /bitsadmin(\.exe)?\s[^\r\n]{0,80}\/transfer/ nocase
        $f3 = /powershell(\.exe)?\s[^\r\n]{0,200}(downloadstring|downloadfile|invoke-webrequest|\biwr\b|\biex\b|frombase64string|-e(nc|ncodedcommand)?\s)/ nocase
        $f4 = /mshta(\.exe)?\s{1,3}["']?(https?:|javascript:|vbscript:)/ nocase
        $f5 = /curl(\.exe)?\s[^\r\n]{0,200}-o\s[^\r\n]{0,200}\.(exe|dll|js|vbs|ps1|bat|msi|hta)/ nocase
    condition:
        $echo and any of ($f*)
}

rule powershell_encoded
{
    meta:
        text = "A PowerShell command is given in encoded form, so that it cannot be read."
        weight = 6.0
        where = "file,hta,html_file,lnk,macro,onenote,pdf,pdf_objects,ole"
    strings:
        $a = /(powershell|pwsh)[^\r\n]{0,200}\s-e(n|nc|nco|ncod|ncode|ncoded|ncodedc|ncodedco|ncodedcom|ncodedcomm|ncodedcomma|ncodedcomman|ncodedcommand|c)?\s{1,5}["']?(JAB|SQB|aQB|cwB|UwB|dwB|WwB|KAB|IAB|LgB|cABv|UABv|JgA)[A-Za-z0-9+\/]{20}/ nocase ascii wide
    condition:
        $a
}

rule powershell_fetches_and_runs
{
    meta:
        text = "A PowerShell command fetches something from the web and runs it."
        weight = 6.0
        where = "file,hta,html_file,lnk,macro,onenote,pdf,pdf_objects,ole"
    strings:
        $a = /(powershell|pwsh)[^\r\n]{0,300}(downloadstring|downloadfile|downloaddata|invoke-webrequest|invoke-restmethod|start-bitstransfer|\biwr\b|\birm\b)/ nocase ascii wide
        $b = /(downloadstring|invoke-webrequest|\biwr\b|\birm\b)[^\r\n]{0,300}\|\s{0,5}(iex\b|invoke-expression)/ nocase ascii wide
        $c = /\b(iex|invoke-expression)\b[^\r\n]{0,200}(downloadstring|frombase64string|\biwr\b|\birm\b)/ nocase ascii wide
    condition:
        any of them
}

rule shortcut_starts_interpreter
{
    meta:
        text = "A Windows shortcut starts a command interpreter instead of opening a document."
        weight = 8.0
        where = "lnk"
    strings:
        $a = /\b(powershell|pwsh|cmd|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin|msiexec|curl|forfiles|conhost|ssh|hh)(\.exe)?\b/ nocase ascii wide
    condition:
        $a
}

rule internet_shortcut_to_share
{
    meta:
        text = "An internet shortcut opens a file on a foreign computer."
        weight = 6.0
        where = "file"
    strings:
        $head = /\[internetshortcut\]/ nocase
        $target = /(url|iconfile|workingdirectory)\s{0,3}=\s{0,3}(file:|\\\\|search-ms:|ms-[a-z\-]{2,30}:)/ nocase
    condition:
        $head and $target
}
