// SPDX-License-Identifier: Apache-2.0
/** Where links say they go, and where they go. None of them can be followed from here. */
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Copy } from "@/shared/ui/Copy";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty } from "@/shared/ui/states";

import { claimedHost, defanged, isPuny } from "./links";
import styles from "./message.module.css";

export function LinksTab({ links }: { links: readonly Schemas["Link"][] }) {
  const { t } = useTranslation();
  if (links.length === 0) return <Empty icon="link" title={t("links.none")} />;
  return (
    <div className={styles.body}>
      <p className="quiet">{t("links.inert")}</p>
      <ul className={styles.links}>
        {links.map((link, index) => {
          const claimed = claimedHost(link.text);
          const lies = claimed !== undefined && claimed !== link.host.toLowerCase();
          const [before, behind] = around(link);
          return (
            <li key={index} className={styles.linkRow}>
              <div className="break">
                <span className={styles.label}>{t("links.shows")}</span> {link.text ? <Foreign>{link.text}</Foreign> : <i className="quiet">{t("links.no_text")}</i>}
              </div>
              <div className="break">
                <span className={styles.label}>{t("links.goes")}</span>{" "}
                <bdi className="mono"><span className="quiet">{before}</span><b>{link.host}</b><span className="quiet"><Foreign mono>{behind}</Foreign></span></bdi>
              </div>
              <div className={styles.linkFoot}>
                {lies ? <span className={styles.lie}><Icon name="warning" size={14} /> {t("links.lies", { claimed, host: link.host })}</span> : null}
                {isPuny(link.host) ? <span className={styles.lie}><Icon name="warning" size={14} /> {t("links.puny")}</span> : null}
                <span className="quiet">{link.place}</span>
              </div>
              <div className={styles.linkCopy}><Copy text={defanged(link.target)} label={t("links.copy")} /></div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function around({ target, host }: Schemas["Link"]): [string, string] {
  const at = host ? target.indexOf(host) : -1;
  return at < 0 ? ["", ` ${target}`] : [target.slice(0, at), target.slice(at + host.length)];
}
