// SPDX-License-Identifier: Apache-2.0
import "@mantine/core/styles.css";
import "@/shared/tokens.css";

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { router } from "@/admin/router";
import { client } from "@/shared/api/queries";
import { startLanguage } from "@/shared/i18n";
import { scheme } from "@/shared/state/scheme";
import { cssVariables, theme } from "@/shared/theme";
import { Toasts } from "@/shared/ui/toasts";

const root = document.getElementById("root");

void startLanguage().then(() => {
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} colorSchemeManager={scheme} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
          <Toasts />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
});
