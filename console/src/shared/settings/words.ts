// SPDX-License-Identifier: Apache-2.0
/** The server's own words (titles, descriptions, choices) in the reader's language, as far as they are translated. */
import { useTranslation } from "react-i18next";

import { schemaWords } from "@/shared/i18n";

import { words } from "./schema";

export function useSchemaWords(): { say: (text: string) => string; choice: (value: string) => string } {
  const { t } = useTranslation();
  return {
    say: (text) => schemaWords()[text] ?? text,
    choice: (value) => t(`choice.${value}`, { defaultValue: words(value) }),
  };
}
