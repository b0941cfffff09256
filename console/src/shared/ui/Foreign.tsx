// SPDX-License-Identifier: Apache-2.0
/**
 * Text that a stranger wrote. It is isolated, so that its writing direction cannot spill over, and
 * characters made to be unseen (direction overrides, zero-width, controls) are shown by their number.
 */
import type { ReactNode } from "react";

const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu; // eslint-disable-line no-control-regex

export function Foreign({ children, mono }: { children: string; mono?: boolean }) {
  return <bdi className={mono ? "mono break" : "break"}>{marked(children)}</bdi>;
}

/** The same in plain text, for titles and labels. */
export function plain(text: string): string {
  return text.replace(UNSEEN, (sign) => `[${codeOf(sign)}]`);
}

function marked(text: string): ReactNode {
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const hit of text.matchAll(UNSEEN)) {
    if (hit.index > from) pieces.push(text.slice(from, hit.index));
    pieces.push(
      <span key={hit.index} className="unseen">
        {codeOf(hit[0])}
      </span>,
    );
    from = hit.index + hit[0].length;
  }
  if (pieces.length === 0) return text;
  pieces.push(text.slice(from));
  return pieces;
}

function codeOf(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
