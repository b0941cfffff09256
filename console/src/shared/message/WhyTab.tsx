// SPDX-License-Identifier: Apache-2.0
/** Why a mail was judged as it was: the signals and their sum, the rule, and what could not be seen. */
import { useTranslation } from "react-i18next";

import type { Message, Schemas } from "@/shared/api/client";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";

import { defanged } from "./links";
import styles from "./message.module.css";
import { Weights } from "./Weights";

export function WhyTab({ mail }: { mail: Message }) {
  const { t } = useTranslation();
  return (
    <div className={styles.body}>
      <section aria-labelledby="why-signals">
        <h2 id="why-signals">{t("why.signals")}</h2>
        {mail.reasons.length === 0 ? <p className="quiet">{t(mail.verdict === "unscannable" ? "why.unseen" : "why.none")}</p> : <Weights reasons={mail.reasons} score={mail.score} threshold={mail.threshold} />}
      </section>
      <Gaps mail={mail} />
      <section aria-labelledby="why-rule">
        <h2 id="why-rule">{t("why.rule")}</h2>
        <Rules {...mail.rule} />
      </section>
      <OtherClasses mail={mail} />
    </div>
  );
}

/** The rules that applied, and the one that decided. */
export function Rules({ matched, winner }: Message["rule"]) {
  const { t } = useTranslation();
  return (
    <ol className={styles.rules}>
      {matched.map((one, index) => (
        <li key={index} data-winner={one.rule === winner || undefined}>
          <code>{one.rule}</code>
          <span>{one.why}</span>
          <span className="state">{t(`intercept.${one.intercept}`, one.intercept)}</span>
          {one.rule === winner ? <b className={styles.winner}><Icon name="check" size={13} /> {t("why.decided")}</b> : null}
        </li>
      ))}
      {matched.length === 0 ? <li data-winner><code>{winner}</code><span>{t("why.no_rule")}</span></li> : null}
    </ol>
  );
}

/** What could not be checked, where readers could disagree, and which limits were reached. */
function Gaps({ mail }: { mail: Message }) {
  const { t } = useTranslation();
  const failed = Object.entries(mail.findings).filter(([, finding]) => finding.outcome === "failed");
  const untested = (mail.findings.web_reputation?.reasons ?? []).filter(({ id }) => id === "url_untested");
  if (failed.length + untested.length + mail.ambiguities.length + mail.limits.length === 0) return null;
  return (
    <section aria-labelledby="why-gaps">
      <h2 id="why-gaps">{t("why.gaps")}</h2>
      <ul className={styles.gaps}>
        {failed.map(([name, finding]) => (
          <li key={name}><Icon name="warning" size={15} /><span>{t("why.failed", { check: t(`check.${name}`, name) })} {finding.why}</span></li>
        ))}
        {untested.map((one, index) => (
          <li key={index}><Icon name="unknown" size={15} /><span>{t("why.untested")} <code className="break">{defanged(one.evidence)}</code></span></li>
        ))}
        {mail.ambiguities.map((one, index) => (
          <li key={index}><Icon name="info" size={15} /><span>{t(`ambiguity.${one.kind}`, one.kind)} <span className="quiet">({one.place})</span> {one.detail ? <code className="break">{one.detail}</code> : null}</span></li>
        ))}
        {mail.limits.map((limit) => (
          <li key={limit}><Icon name="info" size={15} /><span>{t("why.limit")} <code>{limit}</code></span></li>
        ))}
      </ul>
    </section>
  );
}

function OtherClasses({ mail }: { mail: Message }) {
  const { t } = useTranslation();
  const { points } = useNumbers();
  const own = mail.threat ?? mail.verdict;
  const others = (Object.entries(mail.classes) as [Schemas["Threat"], Schemas["ThreatClass"]][]).filter(([name]) => name !== own);
  if (others.length === 0) return null;
  return (
    <section>
      <details className={styles.fold}>
        <summary>{t("why.others")}</summary>
        {others
          .sort(([, a], [, b]) => b.score - a.score)
          .map(([name, one]) => (
            <details key={name} className={styles.class} open={false}>
              <summary>
                <span>{t(`verdict.${name}`)}</span>
                <span className="quiet num">{t("why.class", { points: points(one.score), chance: Math.round(one.probability * 100) })}</span>
              </summary>
              {one.reasons.length > 0 ? <Weights reasons={one.reasons} score={one.score} threshold={mail.threshold} /> : <p className="quiet">{t("why.none")}</p>}
            </details>
          ))}
      </details>
    </section>
  );
}
