import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { CliError } from "../../tools/cli/cli-error.ts";
import { ADDRESS, portOf } from "../../tools/cli/ports.ts";
import { localSecrets } from "../../tools/cli/signing.ts";
import { figuresOf } from "./refunds-and-disputes.ts";
import { afterPaymentRoutes } from "./after-payment-routes.ts";
import { deliverWebhooks } from "./deliveries.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { requiredPermissions } from "../../src/stripe/permissions.ts";
import { type FakeStripe, startFakeStripe } from "./server.ts";
import { addEndpoints } from "./webhook-endpoint.ts";

const payRequestSchema = z.strictObject({
  account: z.string(),
  mode: z.enum(["direct", "destination"]),
  amount: z.int().positive(),
  currency: z.string().optional(),
  /** Without Stripe's fee. */
  platformFee: z.int().nonnegative(),
  metadata: z.record(z.string(), z.string()),
  billing: z.strictObject({ name: z.string(), email: z.string(), phone: z.string() }),
  /** In seconds. */
  ago: z.int().nonnegative(),
  /** Stripe does not deliver the events of the payment itself. */
  silent: z.boolean().optional(),
});
export type PayRequest = z.input<typeof payRequestSchema>;

const paidSchema = z.object({
  stripePaymentId: z.string(),
  figures: z.object({ total: z.int(), stripeFee: z.int(), platformFee: z.int(), net: z.int() }),
});
export type Paid = z.infer<typeof paidSchema>;

const faultSchema = z.strictObject({
  path: z.string().optional(),
  account: z.string().nullable().optional(),
  after: z.int().optional(),
  times: z.int().optional(),
  kind: z.union([
    z.enum(["drop", "delay"]),
    z.strictObject({ status: z.int(), headers: z.record(z.string(), z.string()).optional() }),
  ]),
  delayMs: z.int().optional(),
});

const STRIPE_PERCENT = 0.029;
const STRIPE_FIXED = 30;

/** Lets other programs control this fake Stripe over HTTP. */
export function addControlRoutes(fake: FakeStripe): void {
  const { books } = fake;
  const actions: Record<string, (body: unknown) => object> = {
    "/_fake/pay": (body) => {
      const {
        platformFee,
        ago,
        account,
        mode,
        amount,
        currency = "cad",
        metadata,
        billing,
        silent,
      } = payRequestSchema.parse(body);
      const at = books.clock() - ago;
      const stripeFee = Math.round(amount * STRIPE_PERCENT) + STRIPE_FIXED;
      const spec: PaymentSpec = {
        account,
        mode,
        amount,
        currency,
        metadata,
        billing,
        silent,
        stripeFee,
        // Of a destination charge the platform also keeps what it pays to Stripe.
        applicationFee: mode === "direct" ? platformFee : platformFee + stripeFee,
        createdAt: at,
        chargedAt: at,
      };
      const intent = books.pay(spec);
      // Later events are delivered as usual.
      spec.silent = false;
      return { stripePaymentId: intent.id, figures: figuresOf(books, intent) };
    },
    ...afterPaymentRoutes(books),
    "/_fake/faults": (body) => {
      fake.inject(faultSchema.parse(body));
      return {};
    },
    "/_fake/connect": (body) => {
      books.connect(z.object({ account: z.string() }).parse(body).account);
      return {};
    },
    "/_fake/deauthorize": (body) => {
      books.deauthorize(z.object({ account: z.string() }).parse(body).account);
      return {};
    },
  };
  fake.onOther = (request: IncomingMessage, response: ServerResponse, body: string): Promise<boolean> => {
    const action = actions[request.url ?? ""];
    if (!action || request.method !== "POST") return Promise.resolve(false);
    const answer = JSON.stringify(action(JSON.parse(body)));
    response.writeHead(200, { "Content-Type": "application/json" }).end(answer);
    return Promise.resolve(true);
  };
}

/** Starts the local environment's Stripe, with the permissions that docs/webhooks.md lists. It delivers events. */
export async function startLocalStripe(): Promise<FakeStripe> {
  const fake = await startFakeStripe(portOf(ADDRESS.stripe));
  addControlRoutes(fake);
  const secrets = localSecrets();
  const { STRIPE_TEST_API_KEY: key, STRIPE_WEBHOOK_SECRET: account, STRIPE_CONNECT_WEBHOOK_SECRET: connect } = secrets;
  if (key?.startsWith("rk_")) fake.keys.set(key, requiredPermissions());
  if (!account || !connect) return fake;
  const url = `http://${ADDRESS.hosting}/api/stripe/webhook`;
  addEndpoints(fake.books, url);
  // One at a time: the Functions emulator runs concurrent requests in processes of their own, which share no mutex.
  const { stop } = deliverWebhooks(fake.books, { url, secrets: { account, connect }, parallel: 1 });
  const { close } = fake;
  fake.close = () => {
    stop();
    return close();
  };
  return fake;
}

export async function payLocally(spec: PayRequest): Promise<Paid> {
  return paidSchema.parse(await controlLocalStripe("pay", spec));
}

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

/** Throws a CliError where the local environment is not running, or its Stripe refuses. */
export async function controlLocalStripe(action: string, body: object): Promise<unknown> {
  const url = `http://${ADDRESS.stripe}/_fake/${action}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) }).catch(() => {
    throw new CliError("The local environment is not running. Start it with npm start.");
  });
  if (response.status === 400) throw new CliError(errorSchema.parse(await response.json()).error.message);
  if (!response.ok) throw new CliError(`The fake Stripe answered ${response.status}: ${await response.text()}`);
  return response.json();
}
