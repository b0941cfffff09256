// SPDX-License-Identifier: Apache-2.0
/** A JSON Schema of options, as the server makes it from a room's settings, read as kinds of fields. */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  anyOf?: Schema[];
  title?: string;
  description?: string;
  type?: string;
  enum?: (string | number)[];
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
}

export type Value = unknown;
export type Values = Record<string, Value>;
export type Kind = "switch" | "number" | "choice" | "text" | "choices" | "lines" | "group" | "rows" | "other";

export interface Option {
  name: string;
  kind: Kind;
  title: string;
  description: string;
  schema: Schema;
  /** May be left empty. */
  optional: boolean;
  /** Of a group or of each row: the options within. */
  within: Option[];
  choices: string[];
}

/** The options of a schema in its order, or those of `only` in theirs. */
export function optionsOf(schema: Schema, only?: readonly string[]): Option[] {
  const defs = schema.$defs ?? {};
  const all = properties(schema, defs);
  return only ? only.flatMap((name) => all.filter((option) => option.name === name)) : all;
}

/** A value to begin with where one is added. */
export function blank(option: Option): Value {
  if (option.schema.default !== undefined) return structuredClone(option.schema.default);
  switch (option.kind) {
    case "switch": return false;
    case "number": return option.schema.minimum ?? 0;
    case "choice": return option.choices[0] ?? "";
    case "choices": case "lines": case "rows": return [];
    case "group": return Object.fromEntries(option.within.map((inner) => [inner.name, blank(inner)]));
    default: return option.optional ? null : "";
  }
}

function properties(schema: Schema, defs: Record<string, Schema>): Option[] {
  return Object.entries(resolve(schema, defs).properties ?? {}).map(([name, inner]) => option(name, inner, defs));
}

function option(name: string, raw: Schema, defs: Record<string, Schema>): Option {
  const full = raw.anyOf?.filter((one) => one.type !== "null") ?? [];
  const optional = raw.anyOf?.some((one) => one.type === "null") ?? false;
  const schema = resolve(full.length === 1 && full[0] ? { ...raw, ...full[0], anyOf: undefined } : raw, defs);
  const items = schema.items ? resolve(schema.items, defs) : undefined;
  const kind = kindOf(schema, items);
  return {
    name, kind, schema, optional,
    title: raw.title ?? full[0]?.title ?? words(name),
    description: raw.description ?? full[0]?.description ?? (raw.$ref ? "" : (schema.description ?? "")),
    within: kind === "group" ? properties(schema, defs) : kind === "rows" && schema.items ? properties(schema.items, defs) : [],
    choices: ((kind === "choices" ? items?.enum : schema.enum) ?? []).map(String),
  };
}

function kindOf(schema: Schema, items: Schema | undefined): Kind {
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "string") return "text";
  if (schema.type === "object" && schema.properties) return "group";
  if (schema.type === "array" && items) {
    if (items.enum) return "choices";
    if (items.type === "string") return "lines";
    if (items.properties) return "rows";
  }
  return "other";
}

function resolve(schema: Schema, defs: Record<string, Schema>): Schema {
  const name = schema.$ref?.split("/").at(-1);
  const found = name ? defs[name] : undefined;
  return found ? { ...resolve(found, defs), ...schema, $ref: undefined } : schema;
}

/** "size_limit" as people write it: "Size limit". */
export function words(name: string): string {
  const spaced = name.replaceAll("_", " ");
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1);
}
