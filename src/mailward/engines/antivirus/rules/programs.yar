// SPDX-License-Identifier: Apache-2.0
// Native programs with the marks of something that should not come by mail.

rule program_injects_into_others
{
    meta:
        text = "The program writes itself into other running programs."
        weight = 4.0
        where = "pe"
    strings:
        $a = "WriteProcessMemory"
        $b = "CreateRemoteThread"
        $c = "VirtualAllocEx"
        $d = "NtUnmapViewOfSection"
        $e = "SetThreadContext"
        $f = "QueueUserAPC"
    condition:
        3 of them
}

rule program_logs_keys
{
    meta:
        text = "The program watches the keyboard and speaks to the network."
        weight = 3.0
        where = "pe"
    strings:
        $a = "GetAsyncKeyState"
        $b = "SetWindowsHookEx"
        $net1 = "InternetOpen"
        $net2 = "WSAStartup"
        $net3 = "HttpSendRequest"
    condition:
        $a and $b and any of ($net*)
}

rule program_packed
{
    meta:
        text = "The program is packed so that its contents cannot be seen."
        weight = 1.5
        where = "pe"
    strings:
        $a = "UPX0"
        $b = "UPX1"
        $c = "MPRESS1"
        $d = ".aspack"
        $e = ".themida"
        $f = ".vmp0"
    condition:
        ($a and $b) or any of ($c, $d, $e, $f)
}

rule program_unpacks_script
{
    meta:
        text = "The program unpacks and runs a script of its own."
        weight = 2.5
        where = "pe"
    strings:
        $a = "AU3!EA06"
        $b = "AutoIt v3"
        $c = "PyInstaller"
        $d = "NullsoftInst"
    condition:
        any of ($a, $b, $c) or $d
}
