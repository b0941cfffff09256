// SPDX-License-Identifier: Apache-2.0
/** One rule, drawn from its schema. What the server objects to stands at its field. */
import { Alert, Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, Fault, type Schemas, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { OptionField } from "@/shared/settings/OptionField";
import { optionsOf, type Schema, type Values } from "@/shared/settings/schema";
import { Dialog } from "@/shared/ui/Dialog";
import { say } from "@/shared/ui/toasts";

import { type DomainRules, type Method, objection, writeRule } from "./queries";

interface Props {
  rules?: DomainRules;
  method?: Method;
  schemas: Schemas["AuthenticationRules"]["schemas"];
  onClose: () => void;
}

export function RuleDialog({ rules, method, schemas, onClose }: Props) {
  const { t } = useTranslation();
  const title = rules && method ? t("authentication.rule_of", { method: t(`authentication.${method}`), domain: rules.domain || t("authentication.default") }) : "";
  return (
    <Dialog opened={rules !== undefined && method !== undefined} onClose={onClose} title={title} size="lg">
      {rules && method ? <Fields rules={rules} method={method} schema={schemas[method] as Schema} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Fields({ rules, method, schema, onClose }: { rules: DomainRules; method: Method; schema: Schema; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [values, setValues] = useState<Values>(rules[method] as Values);
  const domain = rules.domain || "default";
  const own = rules.domain !== "" && rules.origins[method]?.own;
  const done = (words: string) => {
    void client.invalidateQueries({ queryKey: ["authentication"] });
    say(words);
    onClose();
  };
  const save = useMutation({ mutationFn: () => writeRule(domain, method, values), onSuccess: () => done(t("authentication.saved")) });
  const forget = useMutation({
    mutationFn: () => take(api.DELETE("/api/v1/authentication/rules/{domain}", { params: { path: { domain }, query: { method } } })),
    onSuccess: () => done(t("authentication.forgotten")),
  });
  const error = save.error ?? forget.error;
  const faults = new Map((error instanceof Fault ? (error.problem.errors ?? []) : []).map(({ pointer, detail }) => [pointer, detail]));
  const options = optionsOf(schema);
  const placed = (pointer: string) => options.some(({ name }) => pointer === `/${name}` || pointer.startsWith(`/${name}/`));
  const unplaced = error !== null && ![...faults.keys()].some(placed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      {options.map((option) => (
        <OptionField key={option.name} option={option} value={values[option.name]} path={`/${option.name}`} faults={faults} onChange={(value) => { save.reset(); setValues((now) => ({ ...now, [option.name]: value })); }} />
      ))}
      {unplaced ? <Alert color="red.9" variant="outline" role="alert">{objection(error, t("failure.unreachable"))}</Alert> : null}
      <Group justify="flex-end" gap="sm">
        {own ? <Button variant="default" loading={forget.isPending} onClick={() => forget.mutate()}>{t("authentication.use_default")}</Button> : null}
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" loading={save.isPending}>{t("entries.save")}</Button>
      </Group>
    </form>
  );
}
