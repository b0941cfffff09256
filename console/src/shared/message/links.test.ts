// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { claimedHost, defanged, isPuny } from "./links";

describe("links", () => {
  it("are copied so that nothing follows them", () => {
    expect(defanged("https://evil.test/a.b?c=d.e")).toBe("hxxps://evil[.]test/a.b?c=d.e");
    expect(defanged("http://198.51.100.20/x")).toBe("hxxp://198[.]51[.]100[.]20/x");
    expect(defanged("evil.test/login")).toBe("evil[.]test/login");
  });

  it("promise a host only where their text looks like one", () => {
    expect(claimedHost("https://www.Bank.test/login")).toBe("www.bank.test");
    expect(claimedHost("bank.test")).toBe("bank.test");
    expect(claimedHost("Click here")).toBeUndefined();
    expect(claimedHost("see bank.test for more")).toBeUndefined();
  });

  it("tell letters of another script", () => {
    expect(isPuny("www.xn--pypal-4ve.test")).toBe(true);
    expect(isPuny("paypal.test")).toBe(false);
  });
});
