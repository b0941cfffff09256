// SPDX-License-Identifier: Apache-2.0
/** Small truths about links. */

/** A link that nothing will follow by accident: "hxxps://evil[.]test/". */
export function defanged(target: string): string {
  const [scheme, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(target)?.slice(1) ?? ["", target];
  const softer = scheme ? `${scheme.replace(/^http/i, "hxxp")}:` : "";
  const [, slashes = "", host = "", tail = ""] = /^(\/\/)?([^/?#]*)(.*)$/s.exec(rest ?? "") ?? [];
  return `${softer}${slashes}${host.replaceAll(".", "[.]")}${tail}`;
}

/** The host that the visible text of a link promises, if it looks like an address at all. */
export function claimedHost(text: string): string | undefined {
  const hit = /^\s*(?:https?:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[:/?#]\S*)?\s*$/i.exec(text.slice(0, 500));
  return hit?.[1]?.toLowerCase();
}

export function isPuny(host: string): boolean {
  return host.split(".").some((label) => label.startsWith("xn--"));
}
