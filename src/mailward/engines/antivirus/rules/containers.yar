// SPDX-License-Identifier: Apache-2.0
// Containers that we see from outside only: their directories still speak.

rule rar_holds_program
{
    meta:
        text = "A RAR archive holds a program or a script."
        weight = 5.0
        where = "rar"
    strings:
        $a = /[a-z0-9 _\-\.\(\)]{1,80}\.(exe|scr|pif|com|js|jse|vbs|vbe|wsf|hta|lnk|bat|cmd|ps1|cpl|jar)[\x00-\x1f\x80-\xff]/ nocase
    condition:
        $a
}

rule cabinet_holds_program
{
    meta:
        text = "A cabinet or ACE archive holds a program or a script."
        weight = 5.0
        where = "cab,ace"
    strings:
        $a = /[a-z0-9 _\-\.\(\)]{1,80}\.(exe|scr|pif|com|js|jse|vbs|vbe|wsf|hta|lnk|bat|cmd|ps1|cpl|dll)[\x00-\x1f\x80-\xff]/ nocase
    condition:
        $a
}

rule disk_image_holds_program
{
    meta:
        text = "A disk image holds a program, a script or a shortcut."
        weight = 6.0
        where = "iso,disk"
    strings:
        $a = /[A-Z0-9 _\-\.]{1,80}\.(EXE|SCR|PIF|COM|JS|JSE|VBS|VBE|WSF|HTA|LNK|BAT|CMD|PS1|CPL)(;1|\x00)/ nocase
        $b = /([A-Z0-9_ \-]\x00){1,60}\.\x00(E\x00X\x00E|S\x00C\x00R|J\x00S|V\x00B\x00S|H\x00T\x00A|L\x00N\x00K|B\x00A\x00T|C\x00M\x00D|P\x00S\x001)/ nocase
        $c = /\x00([A-Z0-9_ \-]\x00?){1,8}\x00{0,4}(EXE|SCR|LNK|JS |VBS|HTA|BAT)[\x20\x21\x22\x23\x26\x27]\x00/
    condition:
        any of them
}

rule onenote_carries_program
{
    meta:
        text = "A OneNote page hides a script or a program behind a picture."
        weight = 7.0
        where = "onenote"
    strings:
        $file = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
        $a = /<script[\s>]|<hta:application|wscript\.shell|createobject\s{0,3}\(|@echo\s{1,3}off|powershell/ nocase
        $b = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC [20] 4D 5A }
        $c = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC [20] 4C 00 00 00 01 14 02 00 }
        $d = /([a-z0-9 _\-]\x00){1,60}\.\x00(e\x00x\x00e|s\x00c\x00r|j\x00s|j\x00s\x00e|v\x00b\x00s|v\x00b\x00e|h\x00t\x00a|l\x00n\x00k|b\x00a\x00t|c\x00m\x00d|p\x00s\x001|w\x00s\x00f)\x00\x00\x00/ nocase
    condition:
        $file and any of ($a, $b, $c, $d)
}
