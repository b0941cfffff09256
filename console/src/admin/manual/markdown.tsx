// SPDX-License-Identifier: Apache-2.0
/** Our own manual pages, whose Markdown is plain: headings, paragraphs, lists, tables, code, bold and links. */
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)]+)\)/g;

export function Markdown({ text, has }: { text: string; has: (name: string) => boolean }) {
  return <>{blocks(text).map((block, index) => <Block key={index} block={block} has={has} />)}</>;
}

interface BlockOf {
  kind: "heading" | "text" | "list" | "numbers" | "table" | "code";
  level?: number;
  lines: string[];
}

/** The text cut into blocks. Lines of one block that are no item of their own continue the line before. */
export function blocks(text: string): BlockOf[] {
  const found: BlockOf[] = [];
  let code: BlockOf | undefined;
  let open = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      if (code) found.push(code);
      code = code ? undefined : { kind: "code", lines: [] };
      open = false;
      continue;
    }
    if (code) {
      code.lines.push(line);
      continue;
    }
    const heading = /^(#{1,4}) (.*)$/.exec(line);
    const item = /^(- |\d+\. )(.*)$/.exec(line);
    const last = open ? found.at(-1) : undefined;
    if (line.trim() === "") open = false;
    else if (heading) found.push({ kind: "heading", level: heading[1]?.length, lines: [heading[2] ?? ""] });
    else if (item) {
      const kind = item[1] === "- " ? "list" : "numbers";
      const before = found.at(-1);
      if (before?.kind === kind) before.lines.push(item[2] ?? "");
      else found.push({ kind, lines: [item[2] ?? ""] });
      open = true;
    } else if (line.startsWith("|")) {
      if (last?.kind === "table") last.lines.push(line);
      else found.push({ kind: "table", lines: [line] });
      open = true;
    } else if (last && last.kind !== "table") last.lines[last.lines.length - 1] += ` ${line.trim()}`;
    else {
      found.push({ kind: "text", lines: [line.trim()] });
      open = true;
    }
  }
  return found;
}

function Block({ block: { kind, level = 1, lines }, has }: { block: BlockOf; has: (name: string) => boolean }) {
  const inline = (text: string) => <Inline text={text} has={has} />;
  if (kind === "heading") {
    const Heading = level === 1 ? "h1" : level === 2 ? "h2" : "h3";
    return <Heading>{inline(lines[0] ?? "")}</Heading>;
  }
  if (kind === "code") return <pre>{lines.join("\n")}</pre>;
  if (kind === "list") return <ul>{lines.map((line, index) => <li key={index}>{inline(line)}</li>)}</ul>;
  if (kind === "numbers") return <ol>{lines.map((line, index) => <li key={index}>{inline(line)}</li>)}</ol>;
  if (kind === "table") {
    const [head, , ...rows] = lines.map((line) => line.replace(/^\||\|\s*$/g, "").split("|").map((cell) => cell.trim()));
    return (
      <table className="facts">
        <thead><tr>{head?.map((cell, index) => <th key={index} scope="col">{inline(cell)}</th>)}</tr></thead>
        <tbody>{rows.map((row, at) => <tr key={at}>{row.map((cell, index) => <td key={index}>{inline(cell)}</td>)}</tr>)}</tbody>
      </table>
    );
  }
  return <p>{inline(lines[0] ?? "")}</p>;
}

function Inline({ text, has }: { text: string; has: (name: string) => boolean }) {
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const hit of text.matchAll(INLINE)) {
    pieces.push(text.slice(from, hit.index));
    const [all, code, bold, label, target] = hit;
    const page = target ? /^([a-z_]+)\.md$/.exec(target)?.[1] : undefined;
    if (code) pieces.push(<code key={hit.index}>{code}</code>);
    else if (bold) pieces.push(<b key={hit.index}><Inline text={bold} has={has} /></b>);
    else pieces.push(page && has(page) ? <Link key={hit.index} to="/manual/$name" params={{ name: page }}>{label}</Link> : <Fragment key={hit.index}>{label}</Fragment>);
    from = hit.index + all.length;
  }
  pieces.push(text.slice(from));
  return <>{pieces}</>;
}
