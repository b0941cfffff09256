// SPDX-License-Identifier: Apache-2.0
// Office macros. `where = "macro"` means source text that was taken out of a document.

rule macro_runs_by_itself_and_starts_programs
{
    meta:
        text = "A macro starts by itself when the document is opened, and starts other programs or fetches files."
        weight = 8.0
        where = "macro"
    strings:
        $auto = /\b(auto_?(open|exec|close|new|exit)|document_(open|close|new|beforeclose)|documentopen|workbook_(open|activate|beforeclose)|worksheet_(activate|calculate)|[a-z0-9_]{1,30}_(layout|painted|gotfocus|mousemove|resize))\s{0,5}\(/ nocase
        $s1 = /\bshell\s{0,5}[\(\s"]/ nocase
        $s2 = "wscript.shell" nocase
        $s3 = "shell.application" nocase
        $s4 = "shellexecute" nocase
        $s5 = "powershell" nocase
        $s6 = "urldownloadtofile" nocase
        $s7 = /(msxml2|microsoft)\.(server)?xmlhttp/ nocase
        $s8 = "winhttp.winhttprequest" nocase
        $s9 = "adodb.stream" nocase
        $s10 = "win32_process" nocase
        $s11 = /\b(mshta|regsvr32|rundll32|certutil|bitsadmin|cscript|wscript)\b/ nocase
        $s12 = /\bcmd(\.exe)?\s{1,3}\/[ck]\b/ nocase
        $s13 = /(createremotethread|virtualalloc|rtlmovememory|createthread)/ nocase
    condition:
        $auto and any of ($s*)
}

rule macro_runs_by_itself
{
    meta:
        text = "A macro starts by itself when the document is opened."
        weight = 2.5
        where = "macro"
    strings:
        $auto = /\b(auto_?(open|exec|close)|document_(open|close)|workbook_(open|activate|beforeclose))\s{0,5}\(/ nocase
    condition:
        $auto
}

rule macro_hides_its_words
{
    meta:
        text = "A macro puts its words together from numbers, so that nobody can read what it does."
        weight = 3.0
        where = "macro"
    strings:
        $chr = /\bchr[wb]?\$?\s{0,3}\(\s{0,3}\d{1,3}/ nocase
        $reverse = "strreverse" nocase
        $xor = /\bxor\b/ nocase
    condition:
        #chr > 40 or ($reverse and #chr > 5) or (#xor > 3 and #chr > 5)
}

rule macro_present
{
    meta:
        text = "The document contains macros."
        weight = 1.0
        where = "macro"
    strings:
        $a = "Attribute VB_" nocase
    condition:
        $a
}

rule excel4_macro
{
    meta:
        text = "The workbook contains macros of the old Excel 4 kind, which run programs without being seen."
        weight = 6.0
        where = "xml"
    strings:
        $sheet = "<xm:macrosheet" nocase
        $call = /\b(exec|call|register|urldownloadtofilea?|formula\.fill)\s{0,3}\(/ nocase
    condition:
        $sheet and $call
}

rule excel4_macro_binary
{
    meta:
        text = "The workbook contains macros of the old Excel 4 kind, and names programs or addresses to fetch."
        weight = 6.0
        where = "ole"
    strings:
        $bound = { 85 00 ?? 00 ?? ?? ?? ?? 0? 01 }
        $auto = "auto_open" nocase
        $run1 = "urlmon" nocase
        $run2 = "URLDownloadToFile" nocase
        $run3 = /\b(mshta|regsvr32|rundll32|powershell|wmic|cmd)(\.exe)?[ "]/ nocase
    condition:
        $bound and $auto and any of ($run*)
}

rule document_template_from_outside
{
    meta:
        text = "The document fetches its template, and the macros in it, from a web address when it is opened."
        weight = 6.0
        where = "xml"
    strings:
        $a = /attachedTemplate"[^>]{0,200}Target="(https?|file|\\\\)/ nocase
        $b = /Target="(https?|file|\\\\)[^"]{0,500}"[^>]{0,100}attachedTemplate/ nocase
        $mode = "TargetMode=\"External\"" nocase
    condition:
        $mode and ($a or $b)
}

rule document_object_from_outside
{
    meta:
        text = "The document loads an active object from a web address when it is opened."
        weight = 7.0
        where = "xml"
    strings:
        $a = /oleObject"[^>]{0,300}Target="(mhtml:|x-usc:|ms-[a-z]{2,20}:|https?:\/\/[^"]{1,300}(!|\.html?))/ nocase
        $b = /Target="(mhtml:|x-usc:|ms-msdt:|search-ms:)[^"]{0,500}"/ nocase
    condition:
        any of them
}

rule document_dde_command
{
    meta:
        text = "A field of the document starts a program (DDE)."
        weight = 7.0
        where = "xml"
    strings:
        $a = /\bDDE(AUTO)?\b[^<]{0,80}(cmd|powershell|mshta|wscript|rundll32|\\\\)/ nocase
        $b = /ddeLink[^>]{0,200}ddeService="(cmd|powershell|mshta|wscript|rundll32)/ nocase
    condition:
        any of them
}

rule embedded_package_program
{
    meta:
        text = "A program is packed into the document as an object to click on."
        weight = 6.0
        where = "ole,rtf_object"
    strings:
        $native = { 01 00 4F 00 6C 00 65 00 31 00 30 00 4E 00 61 00 74 00 69 00 76 00 65 }
        $package = "Package\x00"
        $name = /[a-z0-9 _\-\.]{1,60}\.(exe|scr|js|jse|vbs|vbe|hta|lnk|bat|cmd|ps1|wsf|pif|com|cpl)\x00/ nocase
    condition:
        ($native or $package) and $name
}

rule excel4_macro_present
{
    meta:
        text = "The workbook contains macros of the old Excel 4 kind."
        weight = 2.5
        where = "xml"
    strings:
        $sheet = "<xm:macrosheet" nocase
    condition:
        $sheet
}

rule document_encrypted
{
    meta:
        text = "A document is locked with a password, so its contents cannot be examined."
        weight = 1.5
        where = "ole"
        quote = false
    strings:
        $package = "EncryptedPackage" wide
    condition:
        $package
}
