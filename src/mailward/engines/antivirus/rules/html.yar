// SPDX-License-Identifier: Apache-2.0
// Attached web pages and pictures with code. The HTML body of a mail is not meant: mail readers run no scripts.

rule html_smuggling
{
    meta:
        text = "An attached web page builds a file inside the browser and makes the reader save it."
        weight = 6.0
        where = "html_file,svg"
    strings:
        $blob1 = /new\s{1,3}blob\s{0,3}\(/ nocase
        $blob2 = "mssaveoropenblob" nocase
        $blob3 = "mssaveblob" nocase
        $blob4 = /new\s{1,3}file\s{0,3}\(/ nocase
        $bytes1 = /\batob\s{0,3}\(/ nocase
        $bytes2 = "uint8array" nocase
        $bytes3 = "charcodeat" nocase
        $bytes4 = "fromcharcode" nocase
        $save1 = "createobjecturl" nocase
        $save2 = /\.download\s{0,3}=/ nocase
        $save3 = /setattribute\s{0,3}\(\s{0,3}["']download/ nocase
        $save4 = /\.click\s{0,3}\(\s{0,3}\)/ nocase
        $save5 = "mssave" nocase
    condition:
        any of ($blob*) and any of ($bytes*) and any of ($save*)
}

rule html_embedded_file
{
    meta:
        text = "An attached web page carries a packed program or archive to save."
        weight = 6.0
        where = "html_file,svg"
    strings:
        $a = /data:application\/[a-z0-9.\-+]{1,60};base64,(TVqQ|TVpQ|TVoA|UEsDB|UmFyI|N3q8r|0M8R4)/ nocase
    condition:
        $a
}

rule html_writes_itself
{
    meta:
        text = "An attached web page is scrambled and writes itself when it is opened."
        weight = 4.0
        where = "html_file,svg"
    strings:
        $write = /document\s{0,3}(\.|\[\s{0,3}["'])\s{0,3}write(ln)?["'\]]{0,2}\s{0,3}\(\s{0,3}(window\.)?(unescape|atob|decodeuri(component)?|string\.fromcharcode|decodeuri\(atob)\s{0,3}\(/ nocase
        $eval = /\beval\s{0,3}\(\s{0,3}(window\.)?(unescape|atob|decodeuri(component)?|string\.fromcharcode|function\s{0,2}\(p,a,c,k)/ nocase
    condition:
        any of them
}

rule svg_with_script
{
    meta:
        text = "An attached picture carries a script that leads the reader somewhere or unpacks something."
        weight = 5.0
        where = "svg"
    strings:
        $script = /<script[\s>]/ nocase
        $event = /\son(load|click|mouseover|begin)\s{0,3}=/ nocase
        $lead1 = /(window|document|top|parent|self)\.location/ nocase
        $lead2 = /location\.(href|replace|assign)/ nocase
        $lead3 = /\b(atob|eval|unescape|decodeuricomponent)\s{0,3}\(/ nocase
        $lead4 = "fromcharcode" nocase
        $lead5 = /<foreignobject[\s>]/ nocase
    condition:
        ($script or $event) and any of ($lead*)
}

rule html_opens_share
{
    meta:
        text = "An attached web page makes Windows open files on a foreign computer."
        weight = 6.0
        where = "html_file,svg"
    strings:
        $a = /(search-ms:|search:query=|ms-msdt:|ms-officecmd:)/ nocase
        $b = /(location|href|src|url)\s{0,3}=\s{0,3}["']?file:\/\/[0-9a-z.\-]{3}/ nocase
    condition:
        any of them
}
