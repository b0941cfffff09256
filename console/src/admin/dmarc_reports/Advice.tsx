// SPDX-License-Identifier: Apache-2.0
/** For each domain, the next step towards a policy that protects, in words and with its reason. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Copy } from "@/shared/ui/Copy";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";

import styles from "./dmarc.module.css";

const LOOKS: Record<Schemas["PolicyStep"], [tone: string, icon: IconName]> = {
  gather: ["graymail", "clock"],
  fix: ["spam", "warning"],
  quarantine: ["clean", "up"],
  reject: ["clean", "up"],
  done: ["clean", "check"],
};

export function Advice({ domains }: { domains: Schemas["DomainSummary"][] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  if (domains.length === 0) return null;
  return (
    <Section title={t("dmarc.advice")} lead={t("dmarc.advice_lead")}>
      <ul className={styles.advice}>
        {domains.map((one) => {
          const [tone, icon] = LOOKS[one.step];
          return (
            <li key={one.domain} style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}>
              <div className={styles.adviceHead}>
                <Link from="/dmarc_reports" to="/dmarc_reports" search={(now) => ({ ...now, domain: one.domain })} className="break"><b><Foreign>{one.domain}</Foreign></b></Link>
                <code>p={one.policy}</code>
                <span className="badge"><Icon name={icon} size={14} /> {t(`dmarc.step_${one.step}`)}</span>
              </div>
              <p>{t(`dmarc.step_${one.step}_why`, { days: one.days, doubtful: count(one.doubtful), mails: count(one.mails), count: one.reporters })}</p>
              {one.step === "quarantine" || one.step === "reject" ? (
                <p className={styles.change}><span>{t("dmarc.step_change")}</span> <code className="break">p={one.step}</code><Copy text={`p=${one.step}`} label={t("dmarc.step_copy")} /></p>
              ) : null}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
