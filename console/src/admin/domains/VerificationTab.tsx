// SPDX-License-Identifier: Apache-2.0
import { Alert, Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { CheckedRecord } from "@/shared/dns/CheckedRecord";
import { Icon } from "@/shared/ui/Icon";
import { Section } from "@/shared/ui/Page";
import { Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { say } from "@/shared/ui/toasts";

import styles from "./domains.module.css";
import { type Domain, KEY, domain } from "./queries";
import { useReason } from "./words";

/** What proves the domain, whether it is there, and when it is looked for again. */
export function VerificationTab({ data }: { data: Domain }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const reason = useReason();
  const look = useMutation({
    mutationFn: () => take(api.POST("/api/v1/domains/{name}/verification", { params: { path: { name: data.name } } })),
    onSuccess: (found) => {
      client.setQueryData(domain(data.name).queryKey, found.domain);
      void client.invalidateQueries({ queryKey: [KEY, "list"] });
      if (found.domain.state === "verified") say(t("domains.now_verified", { name: data.name }));
    },
  });
  const error = reason(look.error);
  const wanting = data.state !== "verified";
  const { mutate } = look;
  useEffect(() => {
    if (wanting) mutate();
  }, [wanting, mutate]);
  const evidence = look.data?.evidence ?? wanted(data);
  return (
    <Section title={t("domains.tab.verification")} lead={t(`domains.state_long.${data.state}`)} actions={<Button leftSection={<Icon name="refresh" size={15} />} loading={look.isPending} onClick={() => look.mutate()}>{t("domains.look_now")}</Button>}>
      <div className={styles.form} aria-live="polite">
        <p className="quiet">
          {data.verified_by && data.verified_at ? <>{t(`domains.by.${data.verified_by}`)} <Time at={data.verified_at} />. </> : null}
          {data.checked_at ? <>{t("domains.looked_at")} <Time at={data.checked_at} />. </> : null}
          {data.next_check_at ? <>{t("domains.next_look")} <Time at={data.next_check_at} />. </> : null}
        </p>
        {data.missing ? <Alert color={data.state === "unverified" ? "red.9" : "yellow.9"} variant="outline" icon={<Icon name="warning" />}>{t("domains.not_found", { what: data.missing })}</Alert> : null}
        {error ? <Alert color="red.9" variant="outline" role="alert">{error}</Alert> : null}
        {data.verified_by === "operator" ? null : <p className={styles.lead}>{t("domains.any_record")}</p>}
        {data.verified_by === "operator" && !look.data ? <p className={styles.lead}>{t("domains.operator_why")}</p> : null}
        {look.isPending && !look.data ? <Waiting rows={2} height={120} /> : evidence.map((check) => <CheckedRecord key={`${check.record_type} ${check.name}`} check={check} />)}
      </div>
    </Section>
  );
}

/** The records to publish, where nobody could look for them. */
function wanted({ name, challenge, state }: Domain): Schemas["DnsCheck"][] {
  const both = { state: "missing" as const, found: [], why: "Shows that the owner of the domain wants this organization to protect it.", why_id: "dns.why.verification", advice: "", advice_id: "", advice_values: {} };
  if (state === "verified") return [];
  return [
    { ...both, kind: "verification_txt", name: challenge.name, record_type: "TXT", expected: [challenge.value] },
    ...(challenge.mail_exchanges.length > 0 ? [{ ...both, kind: "verification_mx", name, record_type: "MX", expected: challenge.mail_exchanges.map((host) => `32767 ${host}.`) }] : []),
  ];
}
