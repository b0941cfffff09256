// SPDX-License-Identifier: Apache-2.0
/** Words. English is part of the bundle; other languages are fetched when chosen. */
import i18n from "i18next";
import { initReactI18next } from "react-i18next";

import en from "@/locales/en.json";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "mailward.language";

let fromSchema: Readonly<Record<string, string>> = {};
let sentences: Readonly<Record<string, string>> = {};

/** The server's English words of settings, each with its translation; empty in English. */
export function schemaWords(): Readonly<Record<string, string>> {
  return fromSchema;
}

/** A sentence that the server wrote, in the reader's language by its id and the values of its holes; else as it came. */
export function said(text: string, id = "", values: Readonly<Record<string, string>> = {}): string {
  const sentence = sentences[id];
  return sentence === undefined ? text : sentence.replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}

export async function startLanguage(): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    nsSeparator: false,
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await setLanguage(chosen());
}

export async function setLanguage(language: Language): Promise<void> {
  if (language === "de" && !i18n.hasResourceBundle("de", "translation")) {
    const words = await import("@/locales/de.json");
    i18n.addResourceBundle("de", "translation", words.default);
  }
  fromSchema = language === "de" ? (await import("@/locales/settings.de.json")).default : {};
  sentences = language === "de" ? (await import("@/locales/sentences.de.json")).default : {};
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  void setLanguage(language);
}

function chosen(): Language {
  const kept = localStorage.getItem(KEY) ?? navigator.language.slice(0, 2);
  return kept in LANGUAGES ? (kept as Language) : "en";
}
