// SPDX-License-Identifier: Apache-2.0
/** One mail: what it was judged to be and why, and everything that can be asked about it. */
import { ActionIcon, Tabs, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Message } from "@/shared/api/client";
import { message as messageQuery } from "@/shared/api/queries";
import { useShortcuts } from "@/shared/state/keys";
import { Icon } from "@/shared/ui/Icon";
import { Failure, Waiting } from "@/shared/ui/states";

import { AttachmentsTab } from "./AttachmentsTab";
import { AuthenticationTab } from "./AuthenticationTab";
import { HeadersTab } from "./HeadersTab";
import { LinksTab } from "./LinksTab";
import { MessageHead } from "./MessageHead";
import styles from "./message.module.css";
import { PreviewTab } from "./PreviewTab";
import { RawTab } from "./RawTab";
import { isTab, TABS, type Tab } from "./tabs";
import { TimelineTab } from "./TimelineTab";
import { WhyTab } from "./WhyTab";

interface Props {
  id: string;
  tab?: string;
  onTab: (tab: Tab) => void;
  onClose?: () => void;
  fullHref?: string;
  onOpen: (id: string) => void;
}

export function MessagePane({ id, tab, onTab, onClose, fullHref, onOpen }: Props) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(messageQuery(id));
  return (
    <article className={styles.pane} aria-label={t("message.label")} data-message={id}>
      <div className={styles.tools}>
        {fullHref ? (
          <Tooltip label={t("message.full")}>
            <ActionIcon component="a" href={fullHref} variant="subtle" color="gray" aria-label={t("message.full")}>
              <Icon name="expand" size={16} />
            </ActionIcon>
          </Tooltip>
        ) : null}
        {onClose ? (
          <Tooltip label={t("message.close")}>
            <ActionIcon variant="subtle" color="gray" aria-label={t("message.close")} onClick={onClose}>
              <Icon name="close" size={18} />
            </ActionIcon>
          </Tooltip>
        ) : null}
      </div>
      {data ? null : <h1 className="hidden">{t("message.label")}</h1>}
      {error ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={5} height={64} /> : null}
      {data ? <Loaded mail={data} tab={tab} onTab={onTab} onOpen={onOpen} /> : null}
    </article>
  );
}

function Loaded({ mail, tab, onTab, onOpen }: Pick<Props, "tab" | "onTab" | "onOpen"> & { mail: Message }) {
  const { t } = useTranslation();
  const shown: Tab = isTab(tab) ? tab : "why";
  useShortcuts({
    t: () => onTab(TABS[(TABS.indexOf(shown) + 1) % TABS.length] ?? "why"),
  });
  const counts: Partial<Record<Tab, number>> = { links: mail.links.length, attachments: mail.attachments.length };
  return (
    <>
      <MessageHead mail={mail} onOpen={onOpen} />
      <Tabs value={shown} onChange={(value) => isTab(value) && onTab(value)} keepMounted={false} className={styles.tabs}>
        <Tabs.List aria-label={t("message.tabs")}>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name} px={9} py={8}>
              {t(`tab.${name}`)}
              {counts[name] ? <span className={styles.count}>{counts[name]}</span> : null}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="why"><WhyTab mail={mail} /></Tabs.Panel>
        <Tabs.Panel value="preview"><PreviewTab id={mail.id} /></Tabs.Panel>
        <Tabs.Panel value="links"><LinksTab links={mail.links} /></Tabs.Panel>
        <Tabs.Panel value="authentication"><AuthenticationTab mail={mail} /></Tabs.Panel>
        <Tabs.Panel value="timeline"><TimelineTab events={mail.timeline} /></Tabs.Panel>
        <Tabs.Panel value="attachments"><AttachmentsTab mail={mail} /></Tabs.Panel>
        <Tabs.Panel value="headers"><HeadersTab id={mail.id} /></Tabs.Panel>
        <Tabs.Panel value="raw"><RawTab id={mail.id} available={mail.raw_available} /></Tabs.Panel>
      </Tabs>
    </>
  );
}
