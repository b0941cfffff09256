// SPDX-License-Identifier: Apache-2.0
/** What is known of an address, and what would become of a mail with it. The address is not opened, and shown harmless. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { defanged } from "@/shared/message/links";
import { useSchemaWords } from "@/shared/settings/words";
import { Foreign } from "@/shared/ui/Foreign";
import { Lookup } from "@/shared/ui/Lookup";
import { useNumbers } from "@/shared/ui/numbers";
import { Failure } from "@/shared/ui/states";
import { type Tone, Verdicted } from "@/shared/ui/Verdicted";

import { webExplanation } from "./queries";

type Explanation = Schemas["WebExplanation"];

const TONES: Record<Schemas["Band"], Tone> = { safe: "good", suspicious: "later", highly_suspicious: "later", dangerous: "bad", untested: "open" };

export function WebLookup({ url, onAsk }: { url?: string; onAsk: (url: string | undefined) => void }) {
  const { t } = useTranslation();
  const { data, error, isFetching, refetch } = useQuery({ ...webExplanation(url ?? ""), enabled: url !== undefined });
  return (
    <>
      <Lookup key={url} fields={[{ name: "url", label: t("web.lookup_field"), placeholder: "hxxps://www.example[.]com/path" }]} values={{ url }} busy={isFetching} onAsk={(asked) => (asked.url === url ? void refetch() : onAsk(asked.url))} />
      {error && url !== undefined ? <Failure error={error} /> : null}
      {data && url !== undefined && !error ? <Outcome found={data} /> : null}
    </>
  );
}

function Outcome({ found }: { found: Explanation }) {
  const { t } = useTranslation();
  const { choice } = useSchemaWords();
  if (!found.enabled) return <Verdicted tone="open">{t("web.off")}</Verdicted>;
  const level = choice(found.level);
  return (
    <>
      <Verdicted tone={found.caught ? "bad" : TONES[found.band]}>
        {t(`web.band_${found.band}`, { score: found.score })} {t(found.caught ? "web.caught" : "web.passes", { level, bar: found.bar })}
        <span style={{ display: "block", fontWeight: 400 }} className="break mono"><Foreign>{defanged(found.url)}</Foreign></span>
      </Verdicted>
      <Why found={found} />
    </>
  );
}

function Why({ found }: { found: Explanation }) {
  const { t } = useTranslation();
  const { points } = useNumbers();
  return (
    <div style={{ marginTop: 12, display: "grid", gap: 10 }}>
      {found.source !== "shape" ? <p style={{ margin: 0 }}>{t(`web.source_${found.source}`)} <b className="mono"><Foreign>{found.listed}</Foreign></b> {found.category ? `(${t(`web.category_${found.category}`)})` : ""} {found.exception?.note ? <Foreign>{found.exception.note}</Foreign> : null}</p> : null}
      {found.untested ? <p style={{ margin: 0 }}>{t("web.untested")} {found.untested}</p> : null}
      {found.marks.length > 0 ? (
        <table className="facts">
          <caption className="hidden">{t("web.marks")}</caption>
          <thead><tr><th scope="col">{t("web.marks")}</th><th scope="col" style={{ textAlign: "end" }}>{t("web.points")}</th></tr></thead>
          <tbody>{found.marks.map((mark) => <tr key={mark.id}><td>{t(`web.mark.${mark.id}`, mark.text)} <code className="quiet">{mark.id}</code></td><td className="num" style={{ textAlign: "end" }}>−{points(mark.points)}</td></tr>)}</tbody>
        </table>
      ) : null}
      {found.dns.length > 0 ? (
        <ul style={{ margin: 0, paddingInlineStart: 18 }}>
          {found.dns.map(({ zone, code, trouble }) => <li key={zone}><b className="mono"><Foreign>{zone}</Foreign></b>: {trouble || (code ? t("web.dns_listed", { code }) : t("web.dns_not_listed", { name: found.asked }))}</li>)}
        </ul>
      ) : null}
    </div>
  );
}
