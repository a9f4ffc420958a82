import Stripe from "stripe";
import { ENDPOINT_EVENTS } from "../webhook-endpoints.ts";
import {
  applicationIdSchema,
  stripeWebhookOptions,
  stripeConnectWebhookSecret,
  stripeWebhookSecret,
} from "../../src/config.ts";
import { type Connection, StripeRequestError } from "../../src/stripe/client.ts";
import { type Check, checkedConnection, type Finding, named, type Project } from "./check.ts";
import { hasNoEndpoint } from "./secrets.ts";

const PATH = "/api/stripe/webhook";

const SIDES = [
  { side: "platform", what: "events of the platform's own account", secret: stripeWebhookSecret.name },
  { side: "connect", what: "events of connected accounts", secret: stripeConnectWebhookSecret.name },
] as const;

const SET_UP = "docs/webhooks.md has the command that creates it, and explains where to store its secret.";
const IN_DASHBOARD = "Change it in Stripe's dashboard (Developers, Webhooks) as docs/webhooks.md describes.";

/** Stripe sends this project exactly the events that it handles. */
export const webhooks: Check = {
  title: "webhook endpoints",
  run: async (project) => {
    const all = await endpointsOf(checkedConnection());
    const own = all.filter(({ url }) => isOwn(url, project));
    const others = all.filter((one) => !own.includes(one) && one.url.endsWith("/stripe/webhook"));
    const findings = SIDES.flatMap(({ side, what, secret }) => {
      // Only endpoints for connected accounts have an application.
      const endpoints = own.filter(({ application }) => (application === null) === (side === "platform"));
      const isOff = hasNoEndpoint(project.secrets.get(secret));
      if (endpoints.length === 0) return isOff ? [] : [missing(what, project, others)];
      const problems = endpoints.flatMap((endpoint) => findingsOf(endpoint, side));
      if (endpoints.length > 1) {
        const ids = named(endpoints.map(({ id }) => id));
        problems.push({ problem: `Several endpoints receive ${what} (${ids}).`, remedy: "Delete all but the newest." });
      }
      problems.push(...endpoints.flatMap((endpoint) => applicationFindings(endpoint, project)));
      if (isOff) {
        const problem = `${secret} is none, so the events of ${named(endpoints.map(({ id }) => id))} are rejected.`;
        problems.push({ problem, remedy: SET_UP });
      }
      return problems;
    });
    return { findings };
  },
};

async function endpointsOf({ request }: Connection): Promise<Stripe.WebhookEndpoint[]> {
  try {
    return (await request((stripe) => stripe.webhookEndpoints.list({ limit: 100 }))).data;
  } catch (error) {
    if (!(error instanceof StripeRequestError)) throw error;
    const hint = "A restricted key needs the permission to read Webhook Endpoints.";
    throw new Error(`Stripe did not list the endpoints: ${error.message} ${hint}`, { cause: error });
  }
}

/** Through Hosting, or at the function's own address. */
function isOwn(address: string, { id, portal }: Project): boolean {
  const url = URL.parse(address);
  if (!url) return false;
  if (url.pathname === PATH) return [portal.host, `${id}.web.app`, `${id}.firebaseapp.com`].includes(url.host);
  if (url.host === `${stripeWebhookOptions.region}-${id}.cloudfunctions.net`)
    return url.pathname.startsWith("/stripeWebhook");
  return url.host.startsWith("stripewebhook-") && url.host.endsWith(".run.app");
}

function missing(what: string, { portal }: Project, others: readonly Stripe.WebhookEndpoint[]): Finding {
  const urls = others.map(({ url }) => url);
  const hint = urls.length > 0 ? ` If ${named(urls)} is this portal's, name its domain: --portal https://….` : "";
  return { problem: `No endpoint at ${portal.origin}${PATH} receives ${what}.`, remedy: `${SET_UP}${hint}` };
}

/** The platform's own application identifies its sales; Stripe states it on a Connect endpoint. */
function applicationFindings({ application }: Stripe.WebhookEndpoint, { id, settings }: Project): Finding[] {
  const { STRIPE_APPLICATION_ID: configured = "none" } = settings;
  const isNone = !applicationIdSchema.safeParse(configured).success;
  if (isNone || application === null || application === configured) return [];
  const problem =
    configured === "none"
      ? "STRIPE_APPLICATION_ID is not configured: sales that other applications make on franchisees' accounts count as the business's."
      : `STRIPE_APPLICATION_ID is ${configured}, but the platform's Connect application is ${application}: its direct charges count as unrelated.`;
  return [{ problem, remedy: `Set STRIPE_APPLICATION_ID=${application} in functions/.env.${id}, then deploy.` }];
}

function findingsOf(endpoint: Stripe.WebhookEndpoint, side: keyof typeof ENDPOINT_EVENTS): Finding[] {
  const { id, status, enabled_events: enabled, api_version: version } = endpoint;
  const expected: readonly string[] = ENDPOINT_EVENTS[side];
  const lacking = expected.filter((type) => !enabled.includes(type) && !enabled.includes("*"));
  const needless = enabled.filter((type) => !expected.includes(type));
  const findings: Finding[] = [];
  if (status !== "enabled")
    findings.push({
      problem: `The endpoint ${id} is ${status}.`,
      remedy: "Enable it in Stripe's dashboard; the next sync imports what it missed.",
    });
  if (lacking.length > 0)
    findings.push({ problem: `The endpoint ${id} does not listen to ${named(lacking)}.`, remedy: IN_DASHBOARD });
  if (needless.length > 0) {
    findings.push({
      problem: `The endpoint ${id} listens to ${named(needless)}, which this project does not use.`,
      remedy: IN_DASHBOARD,
    });
  }
  if (version !== Stripe.API_VERSION) {
    const sent = version === null ? "the account's default API version" : `API version ${version}`;
    findings.push({
      problem: `The endpoint ${id} sends events of ${sent}, but ${Stripe.API_VERSION} is expected.`,
      remedy: "The API version of an endpoint is fixed: create a new endpoint (docs/webhooks.md) and delete this one.",
    });
  }
  return findings;
}
