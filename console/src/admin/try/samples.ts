// SPDX-License-Identifier: Apache-2.0
/** Mails to begin with. The test file is kept scrambled, so that no scanner stops at the console itself. */
const HEAD = "To: Lee <lee@example.test>\nMIME-Version: 1.0\n";

function now(): string {
  return new Date().toUTCString().replace("GMT", "+0000");
}

export const SAMPLES = [
  {
    name: "harmless",
    source: () =>
      `From: Kim Okafor <kim@sender.test>\n${HEAD}Subject: Minutes of Thursday\nDate: ${now()}\nMessage-ID: <try.${Date.now()}@sender.test>\nContent-Type: text/plain; charset=utf-8\n\nHello Lee,\n\nthe minutes of Thursday are in the usual folder. Room 3 is booked for the next time.\n\nKim\n`,
  },
  {
    name: "phish",
    source: () =>
      `From: "PayPal Service" <service@paypa1-security.test>\n${HEAD}Subject: Your account is limited: confirm within 24 hours\nDate: ${now()}\nMessage-ID: <try.${Date.now()}@paypa1-security.test>\nContent-Type: text/html; charset=utf-8\n\n<p>Dear customer,</p>\n<p>we noticed unusual activity. Your account will be suspended unless you verify your password within 24 hours:</p>\n<p><a href="https://paypa1-security.test/login?user=lee">https://www.paypal.com/signin</a></p>\n<p>PayPal Security Team</p>\n`,
  },
  {
    name: "eicar",
    source: () =>
      `From: Billing <billing@sender.test>\n${HEAD}Subject: Test file\nDate: ${now()}\nMessage-ID: <try.${Date.now()}@sender.test>\nContent-Type: multipart/mixed; boundary="b1"\n\n--b1\nContent-Type: text/plain\n\nThe test file that every scanner knows. It is harmless.\n--b1\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename="eicar.com"\n\n${testFile()}\n--b1--\n`,
  },
] as const;

function testFile(): string {
  return [..."*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\\4[PA@%P!O5X"].reverse().join("");
}
