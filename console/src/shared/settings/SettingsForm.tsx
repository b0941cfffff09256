// SPDX-License-Identifier: Apache-2.0
/**
 * The options of a feature as a form that nobody wrote: the schema draws it, the server judges it, and what
 * changes is shown before it is saved. Leaving with unsaved changes is asked about.
 */
import { Alert, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Fault, type Schemas } from "@/shared/api/client";
import { Failure, Waiting } from "@/shared/ui/states";
import { say as tell } from "@/shared/ui/toasts";

import { changed, chosen, same } from "./changes";
import { Changes } from "./Changes";
import { changeSettings, featureSettings } from "./queries";
import { type FieldProps, OptionField } from "./OptionField";
import { type Option, optionsOf, type Schema, type Values } from "./schema";
import styles from "./settings.module.css";
import { UnsavedGuard } from "./UnsavedGuard";
import { useSchemaWords } from "./words";

interface Props {
  feature: string;
  /** The options to show, in this order; all if left out. */
  only?: readonly string[];
  /** How to draw an option for which the general field says too little. */
  fields?: Record<string, (field: FieldProps) => ReactNode>;
}

export function SettingsForm({ feature, only, fields }: Props) {
  const { data, error, refetch } = useQuery(featureSettings(feature));
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={56} />;
  return <Form settings={data} only={only} fields={fields} />;
}

function Form({ settings, only, fields }: { settings: Schemas["FeatureSettings"] } & Omit<Props, "feature">) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Values>({});
  const [reviewing, setReviewing] = useState(false);
  const form = useRef<HTMLDivElement>(null);
  const options = optionsOf(settings.schema as Schema, only);
  const defaults = settings.defaults as Values;
  const before = settings.values as Values;
  const values = { ...before, ...draft };
  const touched = changed(before, values);
  const body = chosen(values, defaults);

  const judge = useMutation({ mutationFn: () => changeSettings(settings.feature, body, true), onSuccess: () => setReviewing(true) });
  const save = useMutation({
    mutationFn: () => changeSettings(settings.feature, body, false),
    onSuccess: (now) => {
      client.setQueryData(featureSettings(settings.feature).queryKey, now);
      void client.invalidateQueries({ queryKey: [settings.feature] });
      setDraft({});
      setReviewing(false);
      tell(t("settings.saved"));
    },
    onError: () => setReviewing(false),
  });
  const error = judge.error ?? save.error;
  const faults = faultsOf(error);
  const first = [...faults.keys()][0];
  useEffect(() => {
    if (first === undefined) return;
    const places = [...(form.current?.querySelectorAll<HTMLElement>("[data-pointer]") ?? [])].filter(({ dataset }) => first === dataset.pointer || first.startsWith(`${dataset.pointer ?? ""}/`));
    const place = places.at(-1);
    (place?.matches("input, select, textarea") ? place : place?.querySelector<HTMLElement>("input, select, textarea, button"))?.focus();
  }, [first, error]);

  const change = (name: string, value: unknown) => {
    judge.reset();
    save.reset();
    setDraft((now) => ({ ...now, [name]: value }));
  };
  const unplaced = error !== null && !options.some(({ name }) => [...faults.keys()].some((pointer) => pointer === `/${name}` || pointer.startsWith(`/${name}/`)));

  return (
    <div ref={form}>
      <div className={styles.options}>
        {options.map((option) => {
          const field = { option, value: values[option.name], faults, path: `/${option.name}`, onChange: (value: unknown) => change(option.name, value) };
          return (
            <div key={option.name} className={styles.option}>
              <div>{fields?.[option.name]?.(field) ?? <OptionField {...field} />}</div>
              <Origin option={option} isDefault={same(values[option.name], defaults[option.name])} onReset={() => change(option.name, structuredClone(defaults[option.name]))} />
            </div>
          );
        })}
      </div>
      {unplaced ? <Alert color="red.9" variant="outline" mt="md" role="alert">{error instanceof Fault ? ([...faults.values()].join(" ") || error.problem.detail || t("failure.unreachable")) : String(error)}</Alert> : null}
      {touched.length > 0 ? (
        <div className={styles.bar} role="region" aria-label={t("settings.unsaved", { count: touched.length })}>
          <b role="status">{t("settings.unsaved", { count: touched.length })}</b>
          <Button variant="default" onClick={() => { setDraft({}); judge.reset(); save.reset(); }}>{t("settings.discard")}</Button>
          <Button loading={judge.isPending} onClick={() => judge.mutate()}>{t("settings.review")}</Button>
        </div>
      ) : null}
      <Changes opened={reviewing} onClose={() => setReviewing(false)} onSave={() => save.mutate()} busy={save.isPending} options={options} before={before} after={values} />
      <UnsavedGuard unsaved={touched.length > 0 && !save.isPending} />
    </div>
  );
}

function Origin({ option, isDefault, onReset }: { option: Option; isDefault: boolean; onReset: () => void }) {
  const { t } = useTranslation();
  const { say } = useSchemaWords();
  if (isDefault) return <span className={styles.origin}>{t("settings.default")}</span>;
  return <span className={styles.origin} data-own><button type="button" onClick={onReset} aria-label={t("settings.to_default_of", { option: say(option.title) })}>{t("settings.to_default")}</button></span>;
}

function faultsOf(error: unknown): ReadonlyMap<string, string> {
  const errors = error instanceof Fault ? (error.problem.errors ?? []) : [];
  return new Map(errors.map(({ pointer, detail }) => [pointer, detail]));
}
