// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from "@tanstack/react-query";

import { api, take } from "@/shared/api/client";

import type { Values } from "./schema";

export const featureSettings = (name: string) =>
  queryOptions({
    queryKey: ["settings", name],
    refetchOnWindowFocus: false, // It would move what somebody is filling in.
    queryFn: ({ signal }) => take(api.GET("/api/v1/features/{name}/settings", { params: { path: { name } }, signal })),
  });

/** All that is not named goes back to its default. A dry run only judges. */
export function changeSettings(name: string, body: Values, dryRun: boolean) {
  return take(api.PUT("/api/v1/features/{name}/settings", { params: { path: { name }, query: dryRun ? { dry_run: true } : {} }, body }));
}
