// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, Fault, type Schemas, take } from "@/shared/api/client";

const KEY = "recipient_filter";

/** Every protected domain with its switch, in pages. */
export const switches = infiniteQueryOptions({
  queryKey: [KEY, "switches"],
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Schemas["DomainPage"]) => page.next_cursor ?? undefined,
  queryFn: ({ pageParam: cursor, signal }) => take(api.GET("/api/v1/domains", { params: { query: { cursor, limit: 200 } }, signal })),
});

export function change(name: string, recipient_filter: boolean) {
  return take(api.PATCH("/api/v1/domains/{name}", { params: { path: { name } }, body: { recipient_filter } as Schemas["DomainChange"] }));
}

export type Standing = "foreign" | "unfiltered" | "postmaster" | "known" | "unknown";

/** What RCPT TO makes of an address: the same questions as on the mail path, asked over the API. */
export const standing = (address: string) =>
  queryOptions({
    queryKey: [KEY, "standing", address],
    retry: false,
    queryFn: async ({ signal }): Promise<Standing> => {
      const asked = address.toLowerCase();
      const domain = asked.slice(asked.lastIndexOf("@") + 1);
      let found;
      try {
        found = await take(api.GET("/api/v1/domains/{name}", { params: { path: { name: domain } }, signal }));
      } catch (error) {
        if (error instanceof Fault && (error.problem.status === 404 || error.problem.status === 400)) return "foreign";
        throw error;
      }
      if (!found.recipient_filter) return "unfiltered";
      if (asked.startsWith("postmaster@")) return "postmaster";
      const page = await take(api.GET("/api/v1/directory_import/recipients", { params: { query: { domain, q: asked.slice(0, 100), limit: 200 } }, signal }));
      return page.items.some((one) => one.address === asked) ? "known" : "unknown";
    },
  });
