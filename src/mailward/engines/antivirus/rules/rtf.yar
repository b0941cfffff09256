// SPDX-License-Identifier: Apache-2.0
// RTF files that attack the program which opens them.

rule rtf_equation_object
{
    meta:
        text = "An old formula object is hidden in the RTF document: a well-known way to take over Word."
        weight = 8.0
        where = "rtf_object"
    strings:
        $name = /Equation\.[23]/ nocase
        $class = { 02 CE 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $stream = "E\x00q\x00u\x00a\x00t\x00i\x00o\x00n\x00 \x00N\x00a\x00t\x00i\x00v\x00e" nocase
    condition:
        any of them
}

rule rtf_object_runs_by_itself
{
    meta:
        text = "The RTF document loads an embedded object as soon as it is opened."
        weight = 4.0
        where = "rtf"
    strings:
        $update = /\\objupdate\b/
        $data = "\\objdata"
    condition:
        $update and $data
}

rule rtf_template_from_outside
{
    meta:
        text = "The RTF document fetches its template from a web address when it is opened."
        weight = 6.0
        where = "rtf"
    strings:
        $a = /\{\\\*\\template\s{1,5}(https?:|\\\\|file:|\\u-?\d)/ nocase
    condition:
        $a
}

rule rtf_link_to_outside
{
    meta:
        text = "The RTF document loads an object from a web address when it is opened."
        weight = 7.0
        where = "rtf_object"
    strings:
        $class = "OLE2Link" nocase
        $link = { E0 C9 EA 79 F9 BA CE 11 8C 82 00 AA 00 4B A9 0B }
        $web = /h\x00?t\x00?t\x00?p\x00?s?\x00?:\x00?\/\x00?\// nocase
    condition:
        $class and $link and $web
}
