// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Empty } from "@/shared/ui/states";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty heading="h1" icon="unknown" title={t("not_found.title")}>
      <Link to="/">{t("not_found.back")}</Link>
    </Empty>
  );
}
