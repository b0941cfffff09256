// SPDX-License-Identifier: Apache-2.0
/** The manual of this very version: the pages of docs/features, brought along with the console. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { words } from "@/shared/settings/schema";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { useTitle } from "@/shared/ui/useTitle";

import styles from "./manual.module.css";
import { Markdown } from "./markdown";

const PAGES = Object.fromEntries(
  Object.entries(import.meta.glob<string>("../../../../docs/features/*.md", { query: "?raw", import: "default" })).map(([path, load]) => [path.replace(/^.*\/|\.md$/g, ""), load]),
);

/** "ip_reputation" as a title: "IP reputation". */
function titleOf(name: string): string {
  return words(name).replace(/\b(ip|dns|tls|bec|dmarc|mta|sts|dkim|arc)\b/gi, (short) => short.toUpperCase());
}

export function ManualPage() {
  const { t } = useTranslation();
  const { name } = useParams({ from: "/inside/manual/$name" });
  useTitle(`${t("page.manual")}: ${titleOf(name)}`);
  const { data, error } = useQuery({ queryKey: ["manual", name], staleTime: Infinity, queryFn: async () => (await PAGES[name]?.()) ?? "" });
  return (
    <div className={`page ${styles.page}`}>
      <nav aria-label={t("page.manual")} className={styles.contents}>
        {Object.keys(PAGES).sort().map((one) => <Link key={one} to="/manual/$name" params={{ name: one }} activeProps={{ "aria-current": "page" }}>{titleOf(one)}</Link>)}
      </nav>
      <article className={styles.text} lang="en">
        {error ? <Failure error={error} /> : null}
        {data === undefined && !error ? <Waiting rows={4} /> : null}
        {data === "" ? <Empty icon="book" heading="h1" title={t("not_found.title")} /> : null}
        {data ? <Markdown text={data} has={(page) => page in PAGES} /> : null}
      </article>
    </div>
  );
}
