// SPDX-License-Identifier: Apache-2.0
/** The map of the administrator console. Everything that a screen shows is named in its address. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { Fault } from "@/shared/api/client";
import { client, onSignedOut, type Period, session } from "@/shared/api/queries";
import { entriesSearch, type EntriesSearch } from "@/shared/entries/entries";
import { isTab, type Tab } from "@/shared/message/tabs";
import { Failure } from "@/shared/ui/states";

import { authenticationSearch } from "./authentication/queries";
import { dmarcSearch } from "./dmarc_reports/tabs";
import { domainSearch, domainsSearch } from "./domains/queries";
import { NotFound } from "./NotFound";
import { SignInPage } from "./session/SignInPage";
import { Shell } from "./Shell";
import { outboundSearch } from "./outbound/queries";
import { queueSearch } from "./queue/queries";
import { tlsSearch } from "./tls/queries";

/** Where the server serves the console; the router's own addresses leave it out. */
const BASE = "/console";

export interface ListSearch {
  q?: string;
  open?: string;
  tab?: Tab;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: ({ error, reset }) => <Failure error={error} retry={reset} /> });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search): { next?: string } => ({ next: text(search.next) }),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      await client.ensureQueryData(session);
    } catch (error) {
      if (error instanceof Fault && error.problem.status === 401) throw redirect({ to: "/sign-in", search: { next: BASE + location.href } });
      throw error;
    }
  },
});

const overview = createRoute({
  getParentRoute: () => inside,
  path: "/",
  component: lazyRouteComponent(() => import("./overview/OverviewPage"), "OverviewPage"),
  validateSearch: (search): { period?: Period; view?: "table" } => ({
    period: search.period === "24h" || search.period === "30d" ? search.period : undefined,
    view: search.view === "table" ? "table" : undefined,
  }),
});

const messages = createRoute({
  getParentRoute: () => inside,
  path: "/messages",
  component: lazyRouteComponent(() => import("./messages/MessagesPage"), "MessagesPage"),
  validateSearch: listSearch,
});

const message = createRoute({
  getParentRoute: () => inside,
  path: "/messages/$id",
  component: lazyRouteComponent(() => import("./messages/MessagePage"), "MessagePage"),
  validateSearch: (search): { tab?: Tab } => ({ tab: isTab(search.tab) ? search.tab : undefined }),
});

const quarantine = createRoute({
  getParentRoute: () => inside,
  path: "/quarantine",
  component: lazyRouteComponent(() => import("./quarantine/QuarantinePage"), "QuarantinePage"),
  validateSearch: listSearch,
});

const tryMessage = createRoute({ getParentRoute: () => inside, path: "/try", component: lazyRouteComponent(() => import("./try/TryPage"), "TryPage") });
const notice = createRoute({ getParentRoute: () => inside, path: "/notice", component: lazyRouteComponent(() => import("./notice/NoticePage"), "NoticePage") });
const addresses = createRoute({ getParentRoute: () => inside, path: "/addresses", component: lazyRouteComponent(() => import("./addresses/AddressesPage"), "AddressesPage"), validateSearch: (search): EntriesSearch & { address?: string } => ({ ...entriesSearch(search), address: text(search.address) }) });
const senders = createRoute({ getParentRoute: () => inside, path: "/senders", component: lazyRouteComponent(() => import("./senders/SendersPage"), "SendersPage"), validateSearch: (search): EntriesSearch & { sender?: string; recipient?: string } => ({ ...entriesSearch(search), sender: text(search.sender), recipient: text(search.recipient) }) });
const webReputation = createRoute({ getParentRoute: () => inside, path: "/web_reputation", component: lazyRouteComponent(() => import("./web_reputation/WebReputationPage"), "WebReputationPage"), validateSearch: (search): EntriesSearch & { url?: string } => ({ ...entriesSearch(search), url: text(search.url) }) });
const recipients = createRoute({ getParentRoute: () => inside, path: "/recipients", component: lazyRouteComponent(() => import("./recipients/RecipientsPage"), "RecipientsPage"), validateSearch: (search): { address?: string } => ({ address: text(search.address) }) });
const reverseDns = createRoute({ getParentRoute: () => inside, path: "/reverse_dns", component: lazyRouteComponent(() => import("./reverse_dns/ReverseDnsPage"), "ReverseDnsPage"), validateSearch: (search): { address?: string; sender?: string } => ({ address: text(search.address), sender: text(search.sender) }) });
const rateLimits = createRoute({ getParentRoute: () => inside, path: "/rate_limits", component: lazyRouteComponent(() => import("./rate_limits/RateLimitsPage"), "RateLimitsPage") });
const manual = createRoute({ getParentRoute: () => inside, path: "/manual/$name", component: lazyRouteComponent(() => import("./manual/ManualPage"), "ManualPage") });
const queue = createRoute({ getParentRoute: () => inside, path: "/queue", component: lazyRouteComponent(() => import("./queue/QueuePage"), "QueuePage"), validateSearch: queueSearch });
const tls = createRoute({ getParentRoute: () => inside, path: "/tls", component: lazyRouteComponent(() => import("./tls/TlsPage"), "TlsPage"), validateSearch: tlsSearch });
const dmarcReports = createRoute({ getParentRoute: () => inside, path: "/dmarc_reports", component: lazyRouteComponent(() => import("./dmarc_reports/DmarcReportsPage"), "DmarcReportsPage"), validateSearch: dmarcSearch });
const domains = createRoute({ getParentRoute: () => inside, path: "/domains", component: lazyRouteComponent(() => import("./domains/DomainsPage"), "DomainsPage"), validateSearch: domainsSearch });
const domain = createRoute({ getParentRoute: () => inside, path: "/domains/$name", component: lazyRouteComponent(() => import("./domains/DomainPage"), "DomainPage"), validateSearch: domainSearch });
const outbound = createRoute({ getParentRoute: () => inside, path: "/outbound", component: lazyRouteComponent(() => import("./outbound/OutboundPage"), "OutboundPage"), validateSearch: outboundSearch });
const authentication = createRoute({ getParentRoute: () => inside, path: "/authentication", component: lazyRouteComponent(() => import("./authentication/AuthenticationPage"), "AuthenticationPage"), validateSearch: authenticationSearch });
const missing = createRoute({ getParentRoute: () => inside, path: "$", component: NotFound });
const health = createRoute({ getParentRoute: () => inside, path: "/health", component: lazyRouteComponent(() => import("./health/HealthPage"), "HealthPage") });

export const router = createRouter({
  routeTree: root.addChildren([signIn, inside.addChildren([overview, messages, message, quarantine, tryMessage, notice, health, addresses, domains, domain, tls, outbound, senders, webReputation, recipients, reverseDns, rateLimits, manual, dmarcReports, queue, authentication, missing])]),
  basepath: BASE,
  defaultPreload: "intent",
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const pairs = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
    const words = new URLSearchParams(pairs as [string, string][]).toString();
    return words ? `?${words}` : "";
  },
});

onSignedOut(() => {
  if (router.state.location.pathname !== "/sign-in") void router.navigate({ to: "/sign-in", search: { next: BASE + router.state.location.href } });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function listSearch(search: Record<string, unknown>): ListSearch {
  return { q: text(search.q), open: text(search.open), tab: isTab(search.tab) ? search.tab : undefined };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
