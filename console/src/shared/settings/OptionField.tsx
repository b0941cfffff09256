// SPDX-License-Identifier: Apache-2.0
/** One option, drawn by its kind. Labels and help are the server's; so are the words of what is wrong. */
import { Button, Checkbox, Group, NativeSelect, NumberInput, Switch, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";

import { blank, type Option, type Value, type Values } from "./schema";
import styles from "./settings.module.css";
import { useSchemaWords } from "./words";

export interface FieldProps {
  option: Option;
  value: Value;
  onChange: (value: Value) => void;
  /** JSON pointer of this value. */
  path: string;
  /** What the server says is wrong, by pointer. */
  faults: ReadonlyMap<string, string>;
}

export function OptionField(props: FieldProps) {
  const { t } = useTranslation();
  const { say, choice } = useSchemaWords();
  const { option, value, onChange, path, faults } = props;
  const label = say(option.title);
  const description = help(say(option.description), option, t);
  const error = faults.get(path);
  switch (option.kind) {
    case "switch":
      return <Switch data-pointer={path} label={label} description={description} error={error} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "number":
      return <NumberInput data-pointer={path} label={label} description={description} error={error} value={typeof value === "number" ? value : ""} allowDecimal={option.schema.type === "number"} hideControls onChange={(next) => onChange(next === "" ? null : next)} styles={narrow(220)} />;
    case "choice":
      return <NativeSelect data-pointer={path} label={label} description={description} error={error} value={String(value ?? "")} data={[...(option.optional ? [{ value: "", label: t("settings.none") }] : []), ...option.choices.map((one) => ({ value: one, label: choice(one) }))]} onChange={(event) => onChange(event.currentTarget.value || null)} styles={narrow(340)} />;
    case "choices":
      return <Choices {...props} label={label} description={description} error={error} />;
    case "lines":
      return <Lines {...props} label={label} description={description} />;
    case "group":
      return (
        <fieldset className={styles.group} data-pointer={path}>
          <legend>{label}</legend>
          {description ? <p className="quiet">{description}</p> : null}
          <Within {...props} />
          {error ? <p className={styles.fault}>{error}</p> : null}
        </fieldset>
      );
    case "rows":
      return <Rows {...props} label={label} description={description} error={error} />;
    case "text":
      return <TextInput data-pointer={path} label={label} description={description} error={error} value={typeof value === "string" ? value : ""} onChange={(event) => onChange(event.currentTarget.value === "" && option.optional ? null : event.currentTarget.value)} styles={narrow(460)} placeholder={example(option.schema.examples?.[0])} autoComplete="off" />;
    default:
      return <Raw {...props} label={label} description={description} error={error} />;
  }
}

type Labelled = FieldProps & { label: string; description?: string; error?: string };

function Within({ option, value, onChange, path, faults }: FieldProps) {
  const values = (typeof value === "object" && value !== null ? value : {}) as Values;
  return (
    <div className={styles.within}>
      {option.within.map((inner) => (
        <OptionField key={inner.name} option={inner} value={values[inner.name]} path={`${path}/${inner.name}`} faults={faults} onChange={(next) => onChange({ ...values, [inner.name]: next })} />
      ))}
    </div>
  );
}

function Choices({ option, value, onChange, path, label, description, error }: Labelled) {
  const { choice } = useSchemaWords();
  const usual = Array.isArray(option.schema.default) ? option.schema.default.map(String) : [];
  const order = [...usual, ...option.choices.filter((one) => !usual.includes(one))];
  return (
    <Checkbox.Group data-pointer={path} label={label} description={description} error={error} value={Array.isArray(value) ? value.map(String) : []} onChange={(next) => onChange(order.filter((one) => next.includes(one)))}>
      <div className={styles.choices}>{order.map((one) => <Checkbox key={one} value={one} label={choice(one)} size="sm" />)}</div>
    </Checkbox.Group>
  );
}

/** One entry per line; a fault names its line. */
function Lines({ option, value, onChange, path, faults, label, description }: Labelled) {
  const { t } = useTranslation();
  const lines = Array.isArray(value) ? value.map(String) : [];
  const wrong = [...faults].filter(([pointer]) => pointer === path || pointer.startsWith(`${path}/`)).map(([pointer, words]) => {
    const index = Number(pointer.slice(path.length + 1));
    return pointer === path ? words : t("settings.line", { line: index + 1, text: lines[index] ?? "", words });
  });
  return (
    <Textarea data-pointer={path} label={label} description={[description, t("settings.one_per_line")].filter(Boolean).join(" ")} error={wrong.length > 0 ? wrong.join(" ") : undefined} autosize minRows={2} maxRows={10} styles={narrow(460)} classNames={{ input: "mono" }} spellCheck={false} placeholder={example(option.schema.examples?.[0] ?? option.schema.items?.examples?.[0])} value={lines.join("\n")} onChange={(event) => onChange(event.currentTarget.value === "" ? [] : event.currentTarget.value.split("\n"))} onBlur={() => onChange(lines.map((line) => line.trim()).filter(Boolean))} />
  );
}

function Rows({ option, value, onChange, path, faults, label, description, error }: Labelled) {
  const { t } = useTranslation();
  const rows = Array.isArray(value) ? (value as Value[]) : [];
  const move = (from: number, to: number) => {
    const next = [...rows];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange(next);
  };
  const row: Option = { ...option, kind: "group" };
  const full = option.schema.maxItems !== undefined && rows.length >= option.schema.maxItems;
  return (
    <fieldset className={styles.group} data-pointer={path}>
      <legend>{label}</legend>
      {description ? <p className="quiet">{description}</p> : null}
      {rows.length > 0 ? (
        <ol className={styles.rows}>
          {rows.map((one, index) => (
            <li key={index} className={styles.row}>
              <Within option={row} value={one} path={`${path}/${index}`} faults={faults} onChange={(next) => onChange(rows.map((old, at) => (at === index ? next : old)))} />
              <Group gap={6}>
                {rows.length > 1 ? (
                  <>
                    <Button size="compact-sm" variant="default" disabled={index === 0} onClick={() => move(index, index - 1)} leftSection={<Icon name="up" size={14} />}>{t("settings.up")}</Button>
                    <Button size="compact-sm" variant="default" disabled={index === rows.length - 1} onClick={() => move(index, index + 1)} leftSection={<Icon name="down" size={14} />}>{t("settings.down")}</Button>
                  </>
                ) : null}
                <Button size="compact-sm" variant="default" onClick={() => onChange(rows.filter((_unused, at) => at !== index))} leftSection={<Icon name="trash" size={14} />}>{t("settings.remove")}</Button>
              </Group>
            </li>
          ))}
        </ol>
      ) : null}
      <Button variant="default" size="compact-sm" disabled={full} leftSection={<Icon name="plus" size={15} />} onClick={() => onChange([...rows, Object.fromEntries(option.within.map((inner) => [inner.name, blank(inner)]))])}>{t("settings.add")}</Button>
      {error ? <p className={styles.fault}>{error}</p> : null}
    </fieldset>
  );
}

/** What has no field of its own is shown as JSON, which the server judges. */
function Raw({ value, onChange, path, label, description, error }: Labelled) {
  return (
    <Textarea data-pointer={path} label={label} description={description} error={error} autosize minRows={2} classNames={{ input: "mono" }} defaultValue={JSON.stringify(value, null, 1)} onBlur={(event) => {
      try {
        onChange(JSON.parse(event.currentTarget.value));
      } catch {
        onChange(event.currentTarget.value);
      }
    }} />
  );
}

/** The field alone is narrow; its help may be long. */
function narrow(width: number) {
  return { wrapper: { maxWidth: width } };
}

function help(description: string, { schema: { minimum, maximum } }: Option, t: (key: string, holes?: Record<string, unknown>) => string): string | undefined {
  const bounds = minimum !== undefined && maximum !== undefined ? t("settings.between", { minimum, maximum }) : "";
  return [description, bounds].filter(Boolean).join(" ") || undefined;
}

function example(value: unknown): string | undefined {
  return Array.isArray(value) ? value.join("\n") : typeof value === "string" ? value : undefined;
}
