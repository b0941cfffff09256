// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { useNumbers } from "@/shared/ui/numbers";
import { Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import styles from "./domains.module.css";
import { KEY, deletion } from "./queries";
import { useReason } from "./words";

/** Says what goes with a domain; who deletes it types its name. */
export function DeleteDialog({ name, opened, onClose }: { name: string; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return <Dialog opened={opened} onClose={onClose} title={t("domains.delete_title", { name })}>{opened ? <Plan name={name} onClose={onClose} /> : null}</Dialog>;
}

function Plan({ name, onClose }: { name: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { count } = useNumbers();
  const client = useQueryClient();
  const navigate = useNavigate();
  const reason = useReason();
  const [typed, setTyped] = useState("");
  const { data, error, refetch } = useQuery(deletion(name));
  const remove = useMutation({
    mutationFn: () => take(api.DELETE("/api/v1/domains/{name}", { params: { path: { name } } })),
    onSuccess: () => {
      say(t("domains.deleted", { name }));
      void navigate({ to: "/domains" }).then(() => client.invalidateQueries({ queryKey: [KEY] }));
    },
  });
  const trouble = reason(remove.error);
  return (
    <div className={styles.form}>
      <p>{t("domains.delete_why")}</p>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={3} height={26} /> : null}
      {data ? (
        <ul className={styles.belongings}>
          {data.belongings.map(({ what, count: number }) => <li key={what} data-none={number === 0 || undefined}><b className="num">{count(number)}</b> {i18n.exists(`domains.goes.${what}`) ? t(`domains.goes.${what}`) : what.replaceAll("_", " ")}</li>)}
        </ul>
      ) : null}
      <TextInput data-autofocus label={t("domains.type_name", { name })} value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.currentTarget.value)} />
      {trouble ? <Alert color="red.9" variant="outline" role="alert">{trouble}</Alert> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button color="red.9" disabled={typed.trim().toLowerCase() !== name || !data} loading={remove.isPending} onClick={() => remove.mutate()}>{t("domains.delete")}</Button>
      </Group>
    </div>
  );
}
