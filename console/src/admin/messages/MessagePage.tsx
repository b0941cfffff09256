// SPDX-License-Identifier: Apache-2.0
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { MessagePane } from "@/shared/message/MessagePane";
import { useShortcuts } from "@/shared/state/keys";
import { Icon } from "@/shared/ui/Icon";
import { useTitle } from "@/shared/ui/useTitle";

import styles from "./messages.module.css";

/** One mail on a page of its own: what links in alerts and digests lead to. */
export function MessagePage() {
  const { t } = useTranslation();
  useTitle(t("message.label"));
  const { id } = useParams({ from: "/inside/messages/$id" });
  const { tab } = useSearch({ from: "/inside/messages/$id" });
  const navigate = useNavigate({ from: "/messages/$id" });
  useShortcuts({ Escape: () => void navigate({ to: "/messages" }) });
  return (
    <div className={styles.single}>
      <p className={styles.crumb}><Link to="/messages"><Icon name="back" size={15} /> {t("place.messages")}</Link></p>
      <div className="card">
        <MessagePane
          key={id}
          id={id}
          tab={tab}
          onTab={(name) => void navigate({ search: { tab: name === "why" ? undefined : name }, replace: true })}
          onOpen={(other) => void navigate({ to: "/messages/$id", params: { id: other } })}
        />
      </div>
    </div>
  );
}
