// SPDX-License-Identifier: Apache-2.0
import { type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, type Schemas } from "@/shared/api/client";
import { keepLanguage, type Language, LANGUAGES } from "@/shared/i18n";
import { setPreference, usePreference } from "@/shared/state/preferences";
import { Icon } from "@/shared/ui/Icon";

import styles from "./shell.module.css";

const SCHEMES = ["light", "dark", "auto"] as const;

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
  return (
    <Menu position="bottom-end" width={240} withinPortal={false} withInitialFocusPlaceholder={false} alignItemsLabels="all" returnFocus>
      <Menu.Target>
        <button type="button" className={styles.tool} aria-label={t("account.menu", { name: who.account.name || who.account.email })}>
          <span className={styles.avatar} aria-hidden="true">{(who.account.name || who.account.email).slice(0, 1).toUpperCase()}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label><span className="break">{who.account.email} · {who.account.role}</span></Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("account.theme")}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
          {SCHEMES.map((scheme) => <Menu.RadioItem key={scheme} value={scheme}>{t(`account.${scheme}`)}</Menu.RadioItem>)}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        <Menu.RadioGroup value={i18n.language} onChange={(language) => keepLanguage(language as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => <Menu.RadioItem key={code} value={code} lang={code}>{name}</Menu.RadioItem>)}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.CheckboxItem checked={shortcuts === "on"} onChange={(on) => setPreference("shortcuts", on ? "on" : "off")}>{t("account.shortcuts")}</Menu.CheckboxItem>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={() => void leave()}>{t("account.leave")}</Menu.Item>
        <Menu.Label>Mailward {who.version}</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
