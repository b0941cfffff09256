// SPDX-License-Identifier: Apache-2.0
/** The way to every place: a column of groups; icons alone on middling screens; a bar with "More" on small ones. */
import { Link, useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Dialog } from "@/shared/ui/Dialog";
import { Icon, Logo } from "@/shared/ui/Icon";

import { groupsFor, type PlaceOf } from "./places";
import styles from "./rail.module.css";

export function Rail({ demo }: { demo: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [opened, setOpened] = useState<string>(); // the path where "More" was opened: going elsewhere closes it
  const groups = groupsFor(demo);
  const hidden = groups.flatMap(({ places }) => places).filter((place) => !("main" in place));
  return (
    <>
      <nav className={styles.rail} aria-label={t("shell.nav")}>
        <Link to="/" className={styles.brand} aria-label="Mailward"><Logo size={30} /><span aria-hidden="true">Mailward</span></Link>
        {groups.map(({ group, places }) => (
          <div key={group} role="group" aria-label={t(`place_group.${group}`)} className={styles.group}>
            <div className={styles.heading} aria-hidden="true">{t(`place_group.${group}`)}</div>
            {places.map((place) => <PlaceLink key={place.to} place={place} />)}
          </div>
        ))}
        <button type="button" className={styles.more} data-here={hidden.some(({ to }) => pathname.startsWith(to)) || undefined} aria-haspopup="dialog" onClick={() => setOpened(pathname)}>
          <Icon name="more" size={21} />
          <span>{t("shell.more")}</span>
        </button>
      </nav>
      <Dialog opened={opened === pathname} onClose={() => setOpened(undefined)} title={t("shell.more")}>
        {groups.map(({ group, places }) => (
          <div key={group} role="group" aria-label={t(`place_group.${group}`)} className={styles.sheet}>
            <div className={styles.heading} aria-hidden="true">{t(`place_group.${group}`)}</div>
            {places.map((place) => <PlaceLink key={place.to} place={place} />)}
          </div>
        ))}
      </Dialog>
    </>
  );
}

function PlaceLink({ place: { to, name, icon, ...place } }: { place: PlaceOf }) {
  const { t } = useTranslation();
  return (
    <Link to={to} className={styles.place} title={t(`place.${name}`)} data-main={"main" in place || undefined} activeProps={{ "data-here": true, "aria-current": "page" }} activeOptions={{ exact: to === "/", includeSearch: false }}>
      <Icon name={icon} size={18} />
      <span>{t(`place.${name}`)}</span>
    </Link>
  );
}
