import Stripe from "stripe";
import { ENDPOINT_EVENTS } from "../webhook-endpoints.ts";
import { CliError } from "../../tools/cli/cli-error.ts";
import {
  applicationIdSchema,
  stripeWebhookOptions,
  stripeConnectWebhookSecret,
  stripeWebhookSecret,
} from "../../src/config.ts";
import { type Connection, StripeRequestError } from "../../src/stripe/client.ts";
import { stripeConnection } from "../command.ts";
import { type Check, type Finding, named, NotCheckedError, type Project } from "./check.ts";
import { hasNoEndpoint } from "./secrets.ts";

const PATH = "/api/stripe/webhook";

const SIDES = [
  { side: "platform", what: "what happens on the platform's own account", secret: stripeWebhookSecret.name },
  { side: "connect", what: "what happens on connected accounts", secret: stripeConnectWebhookSecret.name },
] as const;

const SET_UP = "docs/webhooks.md has the command that makes it, and says where its secret goes.";
const IN_DASHBOARD = "Change it in Stripe's dashboard (Developers, Webhooks), to what docs/webhooks.md says.";

/** Stripe sends this project the events that it handles, and no others. */
export const webhooks: Check = {
  title: "webhook endpoints",
  run: async (project) => {
    const all = await endpointsOf(askable());
    const ours = all.filter(({ url }) => isOurs(url, project));
    const elsewhere = all.filter((one) => !ours.includes(one) && one.url.endsWith("/stripe/webhook"));
    const findings = SIDES.flatMap(({ side, what, secret }) => {
      // Stripe's only sign of an endpoint for connected accounts.
      const endpoints = ours.filter(({ application }) => (application === null) === (side === "platform"));
      const isOff = hasNoEndpoint(project.secrets.get(secret));
      if (endpoints.length === 0) return isOff ? [] : [missing(what, project, elsewhere)];
      const flaws = endpoints.flatMap((endpoint) => flawsOf(endpoint, side));
      if (endpoints.length > 1) {
        const ids = named(endpoints.map(({ id }) => id));
        flaws.push({ problem: `Several endpoints report ${what} (${ids}).`, remedy: "Delete all but the newest." });
      }
      flaws.push(...endpoints.flatMap((endpoint) => applicationFlaws(endpoint, project)));
      if (isOff) {
        const problem = `${secret} is none, and ${named(endpoints.map(({ id }) => id))} sends events, which are refused.`;
        flaws.push({ problem, remedy: SET_UP });
      }
      return flaws;
    });
    return { findings };
  },
};

function askable(): Connection {
  try {
    return stripeConnection();
  } catch (error) {
    if (error instanceof CliError) throw new NotCheckedError("there is no key for Stripe (see the secrets).");
    throw error;
  }
}

async function endpointsOf({ request }: Connection): Promise<Stripe.WebhookEndpoint[]> {
  try {
    return (await request((stripe) => stripe.webhookEndpoints.list({ limit: 100 }))).data;
  } catch (error) {
    if (!(error instanceof StripeRequestError)) throw error;
    const hint = "A restricted key has to be allowed to read Webhook Endpoints.";
    throw new Error(`Stripe does not list them: ${error.message} ${hint}`, { cause: error });
  }
}

/** Through Hosting, or at the function's own address. */
function isOurs(address: string, { id, portal }: Project): boolean {
  const url = URL.parse(address);
  if (!url) return false;
  if (url.pathname === PATH) return [portal.host, `${id}.web.app`, `${id}.firebaseapp.com`].includes(url.host);
  if (url.host === `${stripeWebhookOptions.region}-${id}.cloudfunctions.net`)
    return url.pathname.startsWith("/stripeWebhook");
  return url.host.startsWith("stripewebhook-") && url.host.endsWith(".run.app");
}

function missing(what: string, { portal }: Project, elsewhere: readonly Stripe.WebhookEndpoint[]): Finding {
  const others = elsewhere.map(({ url }) => url);
  const hint =
    others.length > 0 ? ` Where ${named(others)} is this portal's, name its domain: --portal https://….` : "";
  return { problem: `No endpoint at ${portal.origin}${PATH} reports ${what}.`, remedy: `${SET_UP}${hint}` };
}

/** The platform's own application tells its sales from those of others; Stripe names it on a Connect endpoint. */
function applicationFlaws({ application }: Stripe.WebhookEndpoint, { id, settings }: Project): Finding[] {
  const { STRIPE_APPLICATION_ID: configured = "none" } = settings;
  const isNone = !applicationIdSchema.safeParse(configured).success;
  if (isNone || application === null || application === configured) return [];
  const problem =
    configured === "none"
      ? "STRIPE_APPLICATION_ID is not configured: sales that other applications make on franchisees' accounts count as the business's."
      : `STRIPE_APPLICATION_ID is ${configured}, and the platform's Connect application is ${application}: its direct charges count as unrelated.`;
  return [{ problem, remedy: `Set STRIPE_APPLICATION_ID=${application} in functions/.env.${id}, and deploy.` }];
}

function flawsOf(endpoint: Stripe.WebhookEndpoint, side: keyof typeof ENDPOINT_EVENTS): Finding[] {
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
    const problem = `The endpoint ${id} sends events of the API version ${version ?? "that is the account's default"}, and ${Stripe.API_VERSION} is read.`;
    findings.push({
      problem,
      remedy: "An endpoint keeps its API version: create a new endpoint (docs/webhooks.md), and delete this one.",
    });
  }
  return findings;
}
