// SPDX-License-Identifier: Apache-2.0
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Message } from "@/shared/api/client";
import { ActionDialog, useActionDialog } from "@/shared/quarantine/ActionDialog";
import { useShortcuts } from "@/shared/state/keys";
import { frozen } from "@/shared/query/terms";
import { Copy } from "@/shared/ui/Copy";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Time } from "@/shared/ui/Time";
import { StatusWord, VerdictBadge } from "@/shared/ui/Verdict";

import styles from "./message.module.css";

/** Verdict and state in words, who wrote to whom, and what can be done. */
export function MessageHead({ mail, onOpen }: { mail: Message; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const { points, bytes } = useNumbers();
  const dialog = useActionDialog();
  const held = mail.status === "quarantined";
  const ask = (action: "release" | "delete") => dialog.ask({ action, selection: { ids: [mail.id] }, about: mail });
  useShortcuts({
    r: () => held && ask("release"),
    d: () => held && ask("delete"),
    c: () => void navigator.clipboard.writeText(linkTo()),
  });
  return (
    <header className={styles.head}>
      <div className={styles.judged}>
        <VerdictBadge verdict={mail.verdict} big />
        <StatusWord status={mail.status} />
        {mail.reasons.length > 0 ? <span className="quiet num">{t("message.points", { points: points(mail.score) })}</span> : null}
      </div>
      <h1 className={`${styles.subject} break`}>{mail.subject ? <Foreign>{mail.subject}</Foreign> : <i>{t("list.no_subject")}</i>}</h1>
      <p className={styles.sentence}>{t(`sentence.${mail.verdict}`)} {t(`outcome.${mail.status}`)}</p>
      <dl className={styles.who}>
        <dt>{t("message.from")}</dt>
        <dd>{mail.header.from.length > 0 ? mail.header.from.map((one, index) => <Mailbox key={index} {...one} />) : <Foreign>{mail.header_from || "—"}</Foreign>}</dd>
        {differs(mail) ? (<><dt>{t("message.envelope")}</dt><dd>{mail.envelope.sender ? <Foreign>{mail.envelope.sender}</Foreign> : <i className="quiet">{t("list.null_sender")}</i>}</dd></>) : null}
        {mail.header.reply_to.length > 0 ? (<><dt>{t("message.reply_to")}</dt><dd>{mail.header.reply_to.map((one, index) => <Mailbox key={index} {...one} />)}</dd></>) : null}
        <dt>{t("message.to")}</dt>
        <dd>
          <Foreign>{mail.recipient}</Foreign>
          {mail.other_recipients.length > 0 ? (
            <details className={styles.others}>
              <summary>{t("message.others", { count: mail.other_recipients.length })}</summary>
              <ul>
                {mail.other_recipients.map(({ id, recipient, status }) => (
                  <li key={id}><button type="button" onClick={() => onOpen(id)}><Foreign>{recipient}</Foreign></button> <StatusWord status={status} /></li>
                ))}
              </ul>
            </details>
          ) : null}
        </dd>
        <dt>{t("message.received")}</dt>
        <dd><Time at={mail.received_at} /> · {bytes(mail.size)}{mail.envelope.peer_ip ? <> · <span className="mono">{mail.envelope.peer_ip}</span>{mail.envelope.tls ? <> · <span title={mail.envelope.tls}>{mail.envelope.tls.split(" ")[0]}</span></> : <> · {t("message.no_tls")}</>}</> : null}</dd>
      </dl>
      <div className={styles.actions}>
        {held ? (
          <>
            <Button size="compact-sm" fz="sm" leftSection={<Icon name="release" size={16} />} onClick={() => ask("release")}>{t("action.release")}</Button>
            <Button size="compact-sm" fz="sm" variant="default" leftSection={<Icon name="trash" size={16} />} onClick={() => ask("delete")}>{t("action.delete")}</Button>
          </>
        ) : null}
        <Copy icon="link" label={t("message.copy_link")} text={linkTo} />
        <Copy label={t("message.copy_id")} text={mail.message_id} />
      </div>
      <ActionDialog state={dialog} />
    </header>
  );
}

function Mailbox({ name, address }: { name: string; address: string }) {
  return (
    <span className={styles.mailbox}>
      {name ? <><Foreign>{name}</Foreign> </> : null}
      {address ? <span className="quiet">&lt;<Foreign>{address}</Foreign>&gt;</span> : null}
    </span>
  );
}

function differs(mail: Message): boolean {
  return mail.header.from.every(({ address }) => address.toLowerCase() !== mail.envelope.sender.toLowerCase());
}

/** The address of what is shown, with relative times made absolute. */
function linkTo(): string {
  const url = new URL(window.location.href);
  const query = url.searchParams.get("q");
  if (query) url.searchParams.set("q", frozen(query, new Date()));
  return url.toString();
}
