// SPDX-License-Identifier: Apache-2.0
/** The lasting address of one mail. */
export function hrefOf(id: string): string {
  return `/console/messages/${encodeURIComponent(id)}`;
}
