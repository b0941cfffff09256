// SPDX-License-Identifier: Apache-2.0
/** The console's own small set of line icons, drawn on a grid of 24. Always beside words, so hidden from readers. */
const PATHS = {
  overview: "M4 20V11M10 20V4M16 20v-6M21 20H3",
  messages: "M3 6h18v12H3zM3.5 6.5 12 13l8.5-6.5",
  quarantine: "M12 3 5 5.7v5.8c0 4.4 2.9 7.7 7 9.5 4.1-1.8 7-5.1 7-9.5V5.7zM9.5 10.5v4M14.5 10.5v4",
  try: "M12 15V4M8 8l4-4 4 4M4 14v6h16v-6",
  notice: "M6 3h9l4 4v14H6zM14 3v5h5M9 12.5h7M9 16.5h5",
  health: "M3 12.5h4l2.5-7 4.5 13 2.5-6H21",
  addresses: "M12 21c-4.5-5-6.8-8.4-6.8-11.2a6.8 6.8 0 0 1 13.6 0C18.8 12.6 16.5 16 12 21M12 7.3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  names: "M4 4h8l8.5 8.5-7.5 7.5L4.5 11.5zM8.3 8.3v.1",
  senders: "M10 4a3.7 3.7 0 1 0 0 7.4A3.7 3.7 0 0 0 10 4M3 20c.8-4.3 3.4-5.7 7-5.7 1.3 0 2.5.2 3.5.6M14.5 18.5l2.3 2.3 4.4-4.8",
  recipients: "M3 13l3-8h12l3 8v6H3zM3 13h5.5l1.5 2.5h4l1.5-2.5H21",
  rates: "M4 18a9 9 0 1 1 16 0M12 14.5l4.5-5M12 13.5a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6",
  domains: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18",
  queue: "M4 5h16M4 10h16M4 15h9M17 14v6M14 17l3 3 3-3",
  authentication: "M12 3l2.3 2 3-.2.8 2.9 2.4 1.8-1 2.8 1 2.8-2.4 1.8-.8 2.9-3-.2-2.3 2-2.3-2-3 .2-.8-2.9-2.4-1.8 1-2.8-1-2.8 2.4-1.8.8-2.9 3 .2zM8.7 12l2.3 2.3 4.3-4.6",
  reports: "M5 3h14v18H5zM8.5 16v-3M12 16V8.5M15.5 16v-5",
  more: "M4 6h16M4 12h16M4 18h16",
  plus: "M12 5v14M5 12h14",
  pencil: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
  undo: "M8 5 4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3",
  upload: "M12 20V9M8 13l4-4 4 4M4 4h16",
  book: "M4 5c3-1.3 5.5-1 8 1 2.5-2 5-2.3 8-1v14c-3-1.3-5.5-1-8 1-2.5-2-5-2.3-8-1zM12 6v14",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 20.5 20.5",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  expand: "M14 4h6v6M20 4l-7.5 7.5M10 20H4v-6M4 20l7.5-7.5",
  release: "M4 12h13M12.5 7l5 5-5 5M20.5 5v14",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  check: "M4.5 12.5 10 18 20 6.5",
  warning: "M12 3.5 22 20.5H2zM12 10v5M12 17.7v.3",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5.5M12 7.5v.3",
  fail: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9 9l6 6M15 9l-6 6",
  unknown: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.7v.3",
  hook: "M15 3v11a4.5 4.5 0 1 1-9 0v-3l3 3M15 3a1.5 1.5 0 1 0 0-.1",
  mask: "M4 6c5-2 11-2 16 0 0 7-2 13-8 14C6 19 4 13 4 6M8 10.5h2M14 10.5h2M9 15c2 1 4 1 6 0",
  bug: "M12 8a4.5 4.5 0 0 0-4.5 4.5V15a4.5 4.5 0 0 0 9 0v-2.5A4.5 4.5 0 0 0 12 8M9 8a3 3 0 0 1 6 0M3.5 14h4M16.5 14h4M4.5 8.5 8 10.5M19.5 8.5 16 10.5M5 20l3.2-2.5M19 20l-3.2-2.5",
  megaphone: "M4 10v4h3l9 5V5l-9 5zM19 9.5c1.3 1.5 1.3 3.5 0 5M8 14.5 9.5 20",
  news: "M4 5h13v14H6a2 2 0 0 1-2-2zM17 9h3v8a2 2 0 0 1-2 2M7.5 9h6M7.5 12.5h6M7.5 16h4",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20.5c1-4.5 4-6 7.5-6s6.5 1.5 7.5 6",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  clip: "M19 11.5 12 18.5a4.5 4.5 0 0 1-6.4-6.4l7.5-7.5a3 3 0 0 1 4.3 4.3l-7.3 7.3a1.5 1.5 0 0 1-2.2-2.2l6.6-6.5",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5.3l3.5 2",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  system: "M3 5h18v11H3zM9 20h6M12 16v4",
  keyboard: "M2.5 6.5h19v11h-19zM6 10h.1M9 10h.1M12 10h.1M15 10h.1M18 10h.1M8 14h8",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18",
  out: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  chevron: "M8.5 5 15.5 12l-7 7",
  back: "M19 12H5M11 6l-6 6 6 6",
  download: "M12 4v11M8 11l4 4 4-4M4 20h16",
  inbound: "M19 5 6 18M6 9v9h9",
  outbound: "M5 19 18 6M9 6h9v9",
  refresh: "M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.5 7.5M4.5 14a8 8 0 0 0 14 2.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.7} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false" style={{ flex: "none" }}>
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" style={{ flex: "none" }}>
      <path fill="#0c5a6b" d="M16 1.5 28.5 6v10.2c0 6.6-4.6 11.6-12.5 14.3C8.1 27.8 3.5 22.8 3.5 16.2V6z" />
      <path fill="none" stroke="#f3ead8" strokeWidth="2.2" strokeLinejoin="round" strokeLinecap="round" d="M8 11.2h16v10.3H8zm.4.5 7.6 6 7.6-6" />
    </svg>
  );
}
