// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";

import { said, setLanguage } from "./i18n";

describe("what the server says", () => {
  afterEach(() => setLanguage("en"));

  it("stands in German by its id, with its holes filled", async () => {
    await setLanguage("de");
    expect(said("Mail goes to old.test, past this gateway.", "dns.mx.past", { names: "old.test" })).toContain("Post geht zu old.test");
  });

  it("stands as it came where it has no id, an unknown one, or is read in English", async () => {
    expect(said("Publish this record.", "dns.publish")).toBe("Publish this record.");
    await setLanguage("de");
    expect(said("250 2.0.0 ok")).toBe("250 2.0.0 ok");
    expect(said("Something new.", "not.yet.translated")).toBe("Something new.");
  });
});
