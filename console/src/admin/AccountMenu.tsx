// SPDX-License-Identifier: Apache-2.0
import { Menu, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, type Schemas } from "@/shared/api/client";
import { keepLanguage, type Language, LANGUAGES } from "@/shared/i18n";
import { setPreference, usePreference } from "@/shared/state/preferences";
import { Icon } from "@/shared/ui/Icon";

import styles from "./shell.module.css";

const SCHEMES = [["light", "sun"], ["dark", "moon"], ["auto", "system"]] as const;

/** Who is signed in, how the console looks and speaks to them, and the way out. */
export function AccountMenu({ who }: { who: Schemas["Session"] }) {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shortcuts = usePreference("shortcuts");
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    await api.DELETE("/api/v1/session");
    await navigate({ to: "/sign-in" });
    client.clear();
  };
  const mark = (on: boolean) => (on ? <Icon name="check" size={15} /> : null);
  return (
    <Menu position="bottom-end" width={240} withinPortal={false} returnFocus>
      <Menu.Target>
        <button type="button" className={styles.tool} aria-label={t("account.menu", { name: who.account.name || who.account.email })}>
          <span className={styles.avatar} aria-hidden="true">{(who.account.name || who.account.email).slice(0, 1).toUpperCase()}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label><span className="break">{who.account.email} · {who.account.role}</span></Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("account.theme")}</Menu.Label>
        {SCHEMES.map(([scheme, icon]) => (
          <Menu.Item key={scheme} role="menuitemradio" aria-checked={colorScheme === scheme} closeMenuOnClick={false} leftSection={<Icon name={icon} size={16} />} rightSection={mark(colorScheme === scheme)} onClick={() => setColorScheme(scheme)}>
            {t(`account.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Menu.Item key={language} lang={language} role="menuitemradio" aria-checked={i18n.language === language} leftSection={<Icon name="globe" size={16} />} rightSection={mark(i18n.language === language)} onClick={() => keepLanguage(language)}>
            {LANGUAGES[language]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item role="menuitemcheckbox" aria-checked={shortcuts === "on"} closeMenuOnClick={false} leftSection={<Icon name="keyboard" size={16} />} rightSection={mark(shortcuts === "on")} onClick={() => setPreference("shortcuts", shortcuts === "on" ? "off" : "on")}>
          {t("account.shortcuts")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={() => void leave()}>{t("account.leave")}</Menu.Item>
        <Menu.Label>Mailward {who.version}</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
