// SPDX-License-Identifier: Apache-2.0
// PDF files that do something when opened. `pdf_objects` are the unpacked object streams.

rule pdf_starts_program
{
    meta:
        text = "The PDF starts a program when it is opened or clicked."
        weight = 8.0
        where = "pdf,pdf_objects"
    strings:
        $launch = /\/(Launch|L#61unch|#4caunch)\b/ nocase
        $what = /(cmd|powershell|mshta|wscript|cscript|rundll32|regsvr32|[a-z0-9_\-]{1,40}\.(exe|scr|js|vbs|bat|hta|lnk|ps1))\b/ nocase
        $win = /\/(Win|F)\b/
    condition:
        $launch and $what and $win
}

rule pdf_script_on_open
{
    meta:
        text = "The PDF runs a script as soon as it is opened."
        weight = 3.0
        where = "pdf,pdf_objects"
    strings:
        $open = /\/(OpenAction|AA)\b/
        $js = /\/(JavaScript|JS)[\s\(<\/\d]/
    condition:
        $open and $js
}

rule pdf_script_attacks
{
    meta:
        text = "A script in the PDF does what only attacks on PDF readers do."
        weight = 6.0
        where = "pdf,pdf_objects"
    strings:
        $js = /\/(JavaScript|JS)[\s\(<\/\d]/
        $export = /exportDataObject\s{0,3}\([^)]{0,200}nLaunch\s{0,3}["']?\s{0,3}:\s{0,3}[12]/
        $exploit1 = /(collab\.(geticon|collectemailinfo)|media\.newplayer|util\.printf\s{0,3}\(\s{0,3}["']%45000f)/ nocase
        $exploit2 = /unescape\s{0,3}\(\s{0,3}["']%u[0-9a-f]{4}%u[0-9a-f]{4}/ nocase
    condition:
        ($js and any of ($exploit*)) or $export
}

rule pdf_hides_keywords
{
    meta:
        text = "The PDF spells its commands in an unusual way, to hide them from a scanner."
        weight = 4.0
        where = "pdf,pdf_objects"
    strings:
        $a = /\/(J#61v|#4a#53|#4AavaScript|J#53|#4aS\b|Open#41|L#61unch|Embedded#46|Java#53|#4fpen)/ nocase
    condition:
        $a
}

rule pdf_carries_program
{
    meta:
        text = "A program or a document with macros is packed into the PDF."
        weight = 6.0
        where = "pdf,pdf_objects"
    strings:
        $file = "/EmbeddedFile"
        $name = /\/U?F\s{0,3}\([^)\r\n]{1,200}\.(exe|scr|js|jse|vbs|vbe|hta|lnk|bat|cmd|ps1|wsf|docm|xlsm|settingcontent-ms|iso|img)\)/ nocase
    condition:
        $file and $name
}
