// SPDX-License-Identifier: Apache-2.0
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, Fault, take } from "@/shared/api/client";
import { client, session } from "@/shared/api/queries";
import { Icon, Logo } from "@/shared/ui/Icon";
import { useTitle } from "@/shared/ui/useTitle";

import { inside } from "./inside";
import styles from "./session.module.css";

/** Address and password; paste and password managers are welcome, puzzles are not. */
export function SignInPage() {
  const { t } = useTranslation();
  useTitle(t("sign_in.title"));
  const { next } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => take(api.POST("/api/v1/session", { body: { email, password } })),
    onSuccess: (who) => {
      client.setQueryData(session.queryKey, who);
      router.history.push(inside(next));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className={styles.page}>
      <form onSubmit={submit} className={`card ${styles.form}`}>
        <div className={styles.brand}><Logo size={44} /><h1>Mailward</h1></div>
        <p className="quiet">{t("sign_in.lead")}</p>
        {signIn.error ? <p role="alert" className={styles.fault}><Icon name="warning" size={16} /> {words(signIn.error, t)}</p> : null}
        <TextInput label={t("sign_in.email")} type="email" name="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} withAsterisk={false} />
        <PasswordInput label={t("sign_in.password")} name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} withAsterisk={false} visibilityToggleButtonProps={{ "aria-label": t("sign_in.show"), "aria-hidden": false, tabIndex: 0 }} />
        <Button type="submit" size="md" fullWidth loading={signIn.isPending}>{t("sign_in.button")}</Button>
        <p className={`quiet ${styles.hint}`}>{t("sign_in.hint")} <code>mailward demo</code></p>
      </form>
    </main>
  );
}

function words(error: unknown, t: ReturnType<typeof useTranslation>["t"]): string {
  if (!(error instanceof Fault)) return String(error);
  if (error.problem.status === 401) return t("sign_in.wrong");
  if (error.problem.status === 0) return t("failure.unreachable");
  return error.problem.detail ?? error.problem.title ?? t("failure.title");
}
