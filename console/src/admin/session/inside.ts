// SPDX-License-Identifier: Apache-2.0
/** Where to go after signing in: only ever a place inside the console. */
export function inside(next: string | undefined): string {
  return next && /^\/console(\/|$|\?)/.test(next) && !next.includes("\\") ? next : "/console/";
}
