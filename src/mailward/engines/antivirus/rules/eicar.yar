// SPDX-License-Identifier: Apache-2.0
// The test file that every antivirus engine agrees to call malware (eicar.org). Written as an expression
// with classes so that this source is not itself the test file.

rule eicar_test_file
{
    meta:
        text = "It carries the EICAR antivirus test file."
        weight = 10.0
        quote = false
    strings:
        $a = /X5O!P%@AP\[4\\PZX54\(P\^\)7CC\)7\}\$[E]ICAR-STANDARD-ANTIVIRUS-TEST-FILE!\$H\+H\*/
    condition:
        $a
}
