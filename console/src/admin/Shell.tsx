// SPDX-License-Identifier: Apache-2.0
/** The frame around every screen: the rail, the header, and the keys that work everywhere. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { session } from "@/shared/api/queries";
import { useShortcuts } from "@/shared/state/keys";
import { connect, useLiveState } from "@/shared/state/live";
import { setPreference, usePreference } from "@/shared/state/preferences";
import { Icon } from "@/shared/ui/Icon";
import { useZoneName } from "@/shared/ui/Time";

import { AccountMenu } from "./AccountMenu";
import { Palette } from "./Palette";
import { Rail } from "./Rail";
import styles from "./shell.module.css";
import { ShortcutsDialog } from "./ShortcutsDialog";

export function Shell() {
  const { t } = useTranslation();
  const who = useSuspenseQuery(session).data;
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const navigate = useNavigate();
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);

  useEffect(connect, []);
  useEffect(() => {
    if (before.current !== pathname) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setPalette(true);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  useShortcuts({
    "?": () => setHelp(true),
    "/": () => void navigate({ to: "/messages" }).then(() => setTimeout(() => document.querySelector<HTMLInputElement>("[data-search-box]")?.focus(), 60)),
    "g o": () => void navigate({ to: "/" }),
    "g m": () => void navigate({ to: "/messages" }),
    "g q": () => void navigate({ to: "/quarantine" }),
  });

  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>{t("shell.skip")}</a>
      <Rail demo={who.demo} />
      <div className={styles.column}>
        <header className={styles.header}>
          <b className="cut">{who.organization.name}</b>
          {who.demo ? <span className={styles.demo} title={t("shell.demo_why")}>{t("shell.demo")}</span> : null}
          <Live />
          <span style={{ flex: 1 }} />
          <button type="button" className={styles.jump} onClick={() => setPalette(true)}>
            <Icon name="search" size={15} /> <span>{t("palette.open")}</span> <kbd>Ctrl K</kbd>
          </button>
          <Zone />
          <button type="button" className={`${styles.tool} ${styles.keys}`} onClick={() => setHelp(true)} aria-label={t("keys.title")} title={t("keys.title")}><Icon name="keyboard" /></button>
          <AccountMenu who={who} />
        </header>
        {/* It scrolls, so the keyboard must reach it. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <main id="main" ref={main} tabIndex={0} className={styles.main}><Outlet /></main>
      </div>
      <Palette opened={palette} onClose={() => setPalette(false)} demo={who.demo} />
      <ShortcutsDialog opened={help} onClose={() => setHelp(false)} />
    </div>
  );
}

function Live() {
  const { t } = useTranslation();
  const state = useLiveState();
  return <span className={styles.live} data-state={state} title={t(`live.${state}_why`)}><i aria-hidden="true" /><span>{t(`live.${state}`)}</span></span>;
}

function Zone() {
  const { t } = useTranslation();
  const zone = usePreference("zone");
  const name = useZoneName();
  return (
    <button type="button" className={styles.tool} onClick={() => setPreference("zone", zone === "utc" ? "local" : "utc")} title={t(zone === "utc" ? "zone.to_local" : "zone.to_utc")}>
      <Icon name="clock" size={16} /> <span className="num">{name}</span>
    </button>
  );
}
