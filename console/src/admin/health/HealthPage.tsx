// SPDX-License-Identifier: Apache-2.0
/** Is everything all right, and if not, what cures it. The same checks as `mailward check`. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { health } from "@/shared/api/queries";
import { said } from "@/shared/i18n";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { Failure, Waiting } from "@/shared/ui/states";
import { useTitle } from "@/shared/ui/useTitle";

import styles from "./health.module.css";

const LOOKS: Record<Schemas["Health"]["status"], [tone: string, icon: IconName]> = {
  ok: ["clean", "check"],
  degraded: ["spam", "warning"],
  failed: ["phishing", "fail"],
};
const WORST_FIRST = ["failed", "degraded", "ok"];

export function HealthPage() {
  const { t } = useTranslation();
  useTitle(t("place.health"));
  const { data, error, refetch } = useQuery(health);
  const checks = [...(data?.checks ?? [])].sort((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status));
  return (
    <div className={`page ${styles.page}`}>
      <h1>{t("place.health")}</h1>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={6} height={56} /> : null}
      {data ? (
        <>
          <p className={styles.whole} role="status"><Badge status={data.status} /> {t(`health.${data.status}_long`)}</p>
          <ul className={`card ${styles.checks}`}>
            {checks.map((check) => (
              <li key={check.name}>
                <Badge status={check.status} />
                <div>
                  <b>{t(`health_check.${check.name}`, check.name)}</b>
                  <div className="quiet break">{said(check.detail, check.detail_id, check.detail_values)}</div>
                  {check.cure && check.status !== "ok" ? <div className={styles.cure}><b>{t("health.cure")}</b> {said(check.cure, check.cure_id, check.cure_values)}</div> : null}
                </div>
              </li>
            ))}
          </ul>
          <p className="quiet">{t("health.also")} <code>mailward check</code>, <code>/readyz?verbose</code></p>
        </>
      ) : null}
    </div>
  );
}

function Badge({ status }: { status: Schemas["Health"]["status"] }) {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[status];
  return <span className="badge" style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}><Icon name={icon} size={14} /> {t(`health.${status}`)}</span>;
}
