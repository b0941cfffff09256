// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";

const KEY = "dmarc_reports";

export const ALL = { queryKey: [KEY] };

/** What is looked at: so many days, of one domain or of all. */
export interface Period {
  days: number;
  domain?: string;
}

export const dmarcSummary = ({ days, domain }: Period) =>
  queryOptions({ queryKey: [KEY, "summary", days, domain], queryFn: ({ signal }) => take(api.GET("/api/v1/dmarc_reports/summary", { params: { query: { days, domain } }, signal })) });

export const dmarcSources = ({ days, domain }: Period, kind?: Schemas["SourceKind"]) =>
  queryOptions({ queryKey: [KEY, "sources", days, domain, kind], queryFn: ({ signal }) => take(api.GET("/api/v1/dmarc_reports/sources", { params: { query: { days, domain, kind } }, signal })) });

export const dmarcSource = ({ days, domain }: Period, name: string) =>
  queryOptions({ queryKey: [KEY, "source", days, domain, name], queryFn: ({ signal }) => take(api.GET("/api/v1/dmarc_reports/sources/{name}", { params: { path: { name }, query: { days, domain } }, signal })) });

export const receivedReports = (domain?: string) =>
  infiniteQueryOptions({
    queryKey: [KEY, "received", domain],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["ReceivedReportPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) => take(api.GET("/api/v1/dmarc_reports/received", { params: { query: { domain, cursor } }, signal })),
  });

export const dmarcRecords = queryOptions({ queryKey: [KEY, "records"], staleTime: 0, queryFn: ({ signal }) => take(api.GET("/api/v1/dmarc_reports/records", { signal })) });
export const dmarcSending = queryOptions({ queryKey: [KEY, "sending"], queryFn: ({ signal }) => take(api.GET("/api/v1/dmarc_reports/sending", { signal })) });
export const sendingPlan = queryOptions({ queryKey: [KEY, "plan"], enabled: false, staleTime: 0, queryFn: ({ signal }) => take(api.GET("/api/v1/dmarc_reports/sending/plan", { signal })) });

export const bring = (content: string, name: string) => take(api.POST("/api/v1/dmarc_reports/received", { body: { content, name } }));
export const takeOut = (id: string) => take(api.DELETE("/api/v1/dmarc_reports/received/{id}", { params: { path: { id } } }));
export const revive = (address: string) => take(api.DELETE("/api/v1/dmarc_reports/dead_boxes/{address}", { params: { path: { address } } }));
