// SPDX-License-Identifier: Apache-2.0
/** What jsdom lacks, and a clean page for each test. */
import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";

import { client } from "@/shared/api/queries";
import { startLanguage } from "@/shared/i18n";

vi.stubGlobal("matchMedia", (query: string) => ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined, addListener: () => undefined, removeListener: () => undefined }));
vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
Element.prototype.scrollIntoView = () => undefined;
Object.defineProperty(document, "fonts", { value: { addEventListener: () => undefined, removeEventListener: () => undefined } });

configure({ asyncUtilTimeout: 10_000 }); // a busy machine is no defect

beforeAll(() => startLanguage());
afterEach(() => {
  cleanup();
  client.clear();
  localStorage.clear();
});
