// SPDX-License-Identifier: Apache-2.0
/** Ctrl K: go anywhere, change the look, or search mails, by typing. */
import { useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { setPreference } from "@/shared/state/preferences";
import { Dialog } from "@/shared/ui/Dialog";
import { Icon, type IconName } from "@/shared/ui/Icon";

import { placesFor } from "./places";
import styles from "./shell.module.css";

interface Command {
  label: string;
  icon: IconName;
  run: () => void;
}

export function Palette({ opened, onClose, demo }: { opened: boolean; onClose: () => void; demo: boolean }) {
  const { t } = useTranslation();
  return (
    <Dialog bare opened={opened} onClose={onClose} title={t("palette.open")} size={560}>
      <Box onClose={onClose} demo={demo} />
    </Dialog>
  );
}

function Box({ onClose, demo }: { onClose: () => void; demo: boolean }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const commands = useCommands(demo, typed);
  const run = (command: Command | undefined) => {
    onClose();
    command?.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setActive((now) => (now + step + commands.length) % commands.length);
    else if (event.key === "Enter") run(commands[active]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        data-autofocus
        className={styles.paletteInput}
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={`${id}-${active}`}
        aria-label={t("palette.open")}
        placeholder={t("palette.placeholder")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={t("palette.commands")} className={styles.paletteList}>
        {commands.map((command, index) => (
          // The input holds the focus and its keys act; see onKeyDown.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <li key={command.label} id={`${id}-${index}`} role="option" aria-selected={index === active} className={styles.command} onClick={() => run(command)} onMouseMove={() => setActive(index)}>
            <Icon name={command.icon} /> <span className="cut">{command.label}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function useCommands(demo: boolean, typed: string): Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const search = (q: string) => void navigate({ to: "/messages", search: { q } });
  const all: Command[] = [
    ...placesFor(demo).map(({ to, name, icon }) => ({ label: t("palette.go", { place: t(`place.${name}`) }), icon, run: () => void navigate({ to }) })),
    { label: t("palette.caught"), icon: "warning", run: () => search("-verdict:clean last:24h") },
    { label: t("palette.phishing"), icon: "hook", run: () => search("verdict:phishing last:7d") },
    { label: t("palette.waiting"), icon: "clock", run: () => search("status:queued") },
    { label: t("palette.light"), icon: "sun", run: () => setColorScheme("light") },
    { label: t("palette.dark"), icon: "moon", run: () => setColorScheme("dark") },
    { label: t("palette.utc"), icon: "clock", run: () => setPreference("zone", "utc") },
    { label: t("palette.local"), icon: "clock", run: () => setPreference("zone", "local") },
  ];
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = all.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
  const query = typed.trim();
  return query ? [...fitting, { label: t("palette.search", { q: query }), icon: "search", run: () => search(query) }] : fitting;
}
