// SPDX-License-Identifier: Apache-2.0
/** Whether the sender is who it says: SPF, DKIM, DMARC and ARC, each in words beside the protocol's own word. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Message } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { Empty } from "@/shared/ui/states";

import styles from "./message.module.css";
import { Rules } from "./WhyTab";

interface Line {
  method: string;
  result: string;
  domain: string;
  why: string;
  more: ReactNode;
}

export function AuthenticationTab({ mail }: { mail: Message }) {
  const { t } = useTranslation();
  const { evaluated, spf, dkim, dmarc, arc } = mail.authentication;
  if (!evaluated) return <Empty icon="unknown" title={t("auth.not_evaluated")}>{t("auth.not_evaluated_why")}</Empty>;
  const lines: Line[] = [
    { method: "spf", ...spf, more: t(spf.scope === "helo" ? "auth.scope_helo" : "auth.scope_mfrom") },
    ...dkim.map((one) => ({ method: "dkim", ...one, more: <>{one.selector ? <code>s={one.selector}</code> : null} {one.algorithm}{one.bits ? ` · ${one.bits} bit` : ""}{one.partial ? <> · <b>{t("auth.partial")}</b></> : null}</> })),
    ...(dkim.length === 0 ? [{ method: "dkim", result: "none", domain: "", why: "", more: null }] : []),
    { method: "dmarc", ...dmarc, more: <>{dmarc.policy ? t("auth.policy", { policy: dmarc.policy }) : null}{dmarc.testing ? ` · ${t("auth.testing")}` : ""}{dmarc.aligned.length > 0 ? ` · ${t("auth.aligned", { by: dmarc.aligned.join(", ") })}` : ""}{dmarc.organizational_domain && dmarc.organizational_domain !== dmarc.domain ? ` · ${dmarc.organizational_domain}` : ""}</> },
    { method: "arc", result: arc.result, domain: arc.sealers.join(" → "), why: arc.why, more: null },
  ];
  const orders = mail.rule.matched.filter((one) => one.check === "authentication");
  return (
    <div className={styles.body}>
      <table className="facts">
        <thead><tr><th scope="col">{t("auth.method")}</th><th scope="col">{t("auth.result")}</th><th scope="col">{t("auth.meaning")}</th></tr></thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index}>
              <th scope="row">{line.method.toUpperCase()}</th>
              <td><Result result={line.result} /></td>
              <td className="break">
                {t(`auth.${line.method}.${line.result}`, t(`auth.other.${line.result}`, line.result))}
                {line.domain ? <div><Foreign mono>{line.domain}</Foreign> <span className="quiet">{line.more}</span></div> : <div className="quiet">{line.more}</div>}
                {line.why ? <div className="quiet"><Foreign>{line.why}</Foreign></div> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {orders.length > 0 ? (
        <section aria-labelledby="auth-rules">
          <h2 id="auth-rules">{t("auth.rules")}</h2>
          <Rules matched={orders} winner={mail.rule.winner} />
        </section>
      ) : null}
      <section aria-labelledby="auth-peer">
        <h2 id="auth-peer">{t("auth.connection")}</h2>
        <dl className={styles.who}>
          <dt>{t("auth.address")}</dt><dd className="mono">{mail.envelope.peer_ip || "—"} {mail.envelope.peer_name ? <Foreign mono>{`(${mail.envelope.peer_name})`}</Foreign> : <span className="quiet">({t("auth.no_name")})</span>}</dd>
          <dt>HELO</dt><dd><Foreign mono>{mail.envelope.helo || "—"}</Foreign></dd>
          <dt>TLS</dt><dd className="mono">{mail.envelope.tls || t("message.no_tls")}</dd>
        </dl>
      </section>
    </div>
  );
}

const TONES: Record<string, [tone: string, icon: IconName]> = {
  pass: ["clean", "check"],
  fail: ["phishing", "fail"],
  softfail: ["spam", "warning"],
  policy: ["spam", "warning"],
  permerror: ["spam", "warning"],
  temperror: ["spam", "clock"],
};

function Result({ result }: { result: string }) {
  const [tone, icon] = TONES[result] ?? ["graymail", "unknown" as const];
  return <span className="badge" style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}><Icon name={icon} size={14} />{result}</span>;
}
