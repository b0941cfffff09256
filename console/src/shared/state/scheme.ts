// SPDX-License-Identifier: Apache-2.0
/** Light, dark, or as the system says; kept where theme.js finds it before the first paint. */
import { localStorageColorSchemeManager } from "@mantine/core";

export const scheme = localStorageColorSchemeManager({ key: "mailward.scheme" });
