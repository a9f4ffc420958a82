import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type Stripe from "stripe";
import { CliError } from "../../tools/cli/cli-error.ts";
import { ADDRESS, portOf } from "../../tools/cli/ports.ts";
import { localSecrets } from "../../tools/cli/signing.ts";
import { closeDispute, dispute, figuresOf, refund, refundable } from "./refunds-and-disputes.ts";
import { deliverWebhooks } from "./deliveries.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { requiredPermissions } from "../../src/stripe/permissions.ts";
import { type FakeStripe, startFakeStripe } from "./server.ts";
import { addEndpoints } from "./webhook-endpoint.ts";
import type { FakeBooks } from "./books.ts";
import { payOut } from "./payouts.ts";
import { seedWorld } from "./seeded-world.ts";
import { invalid } from "./api-error.ts";

const payRequestSchema = z.strictObject({
  account: z.string(),
  mode: z.enum(["direct", "destination"]),
  amount: z.int().positive(),
  currency: z.string().default("cad"),
  /** Excluding Stripe's fee. */
  platformFee: z.int().nonnegative(),
  metadata: z.record(z.string(), z.string()),
  billing: z.strictObject({ name: z.string(), email: z.string(), phone: z.string() }),
  /** Seconds. */
  ago: z.int().nonnegative(),
  /** Does not deliver the events of the payment. */
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

const worldSchema = z.strictObject({
  franchisees: z.int().positive(),
  payments: z.int().positive(),
  months: z.int().positive(),
  seed: z.int(),
});

const STRIPE_PERCENT = 0.029;
const STRIPE_FIXED = 30;

/** Allows other processes to control this fake Stripe over HTTP. */
export function addControlRoutes(fake: FakeStripe): void {
  const { books } = fake;
  const actions: Record<string, (body: unknown) => object> = {
    "/_fake/pay": (body) => {
      const { platformFee, ago, ...payment } = payRequestSchema.parse(body);
      const at = books.clock() - ago;
      const stripeFee = Math.round(payment.amount * STRIPE_PERCENT) + STRIPE_FIXED;
      // For a destination charge, it also covers Stripe's fee, which the platform pays.
      const applicationFee = payment.mode === "direct" ? platformFee : platformFee + stripeFee;
      const spec: PaymentSpec = { ...payment, stripeFee, applicationFee, createdAt: at, chargedAt: at };
      const intent = books.pay(spec);
      // Delivers later events.
      spec.silent = false;
      return { stripePaymentId: intent.id, figures: figuresOf(books, intent) };
    },
    ...afterPaymentRoutes(books),
    "/_fake/seed": (body) => ({ payments: seedWorld(books, worldSchema.parse(body)) }),
    "/_fake/faults": (body) => {
      fake.inject(faultSchema.parse(body));
      return {};
    },
    "/_fake/connect": (body) => {
      const { account, name } = z.object({ account: z.string(), name: z.string().optional() }).parse(body);
      books.connect(account);
      if (name !== undefined) books.nameBusiness(account, name);
      return {};
    },
    "/_fake/deauthorize": (body) => {
      books.deauthorize(z.object({ account: z.string() }).parse(body).account);
      return {};
    },
  };
  fake.onControlRequest = (request: IncomingMessage, response: ServerResponse, body: string): Promise<boolean> => {
    const action = actions[request.url ?? ""];
    if (!action || request.method !== "POST") return Promise.resolve(false);
    const result = JSON.stringify(action(JSON.parse(body)));
    response.writeHead(200, { "Content-Type": "application/json" }).end(result);
    return Promise.resolve(true);
  };
}

/** Starts the local environment's Stripe. It delivers events; its key has the permissions of docs/webhooks.md. */
export async function startLocalStripe(): Promise<FakeStripe> {
  const fake = await startFakeStripe(portOf(ADDRESS.stripe));
  addControlRoutes(fake);
  const secrets = localSecrets();
  const { STRIPE_TEST_API_KEY: key, STRIPE_WEBHOOK_SECRET: account, STRIPE_CONNECT_WEBHOOK_SECRET: connect } = secrets;
  if (key?.startsWith("rk_")) fake.keys.set(key, requiredPermissions());
  if (!account || !connect) return fake;
  const url = `http://${ADDRESS.hosting}/api/stripe/webhook`;
  addEndpoints(fake.books, url);
  // Not in parallel: the Functions emulator runs concurrent requests in separate processes, which share no mutex.
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

/** Throws a CliError if the local environment is not running, or rejects the request. */
export async function controlLocalStripe(action: string, body: object): Promise<unknown> {
  const url = `http://${ADDRESS.stripe}/_fake/${action}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) }).catch(() => {
    throw new CliError("The local environment is not running. Start it with npm start.");
  });
  if (response.status === 400) throw new CliError(errorSchema.parse(await response.json()).error.message);
  if (!response.ok) throw new CliError(`The fake Stripe responded ${response.status}: ${await response.text()}`);
  return response.json();
}

const refundRequestSchema = z.strictObject({
  payment: z.string(),
  /** In minor units; default: the rest. */
  amount: z.int().positive().optional(),
  reverseTransfer: z.boolean().optional(),
  refundFee: z.boolean().optional(),
});
export type RefundRequest = z.input<typeof refundRequestSchema>;

const disputeRequestSchema = z.strictObject({ payment: z.string(), close: z.enum(["won", "lost"]).optional() });
export type DisputeRequest = z.input<typeof disputeRequestSchema>;

const payoutRequestSchema = z.strictObject({
  account: z.string(),
  kind: z.enum(["automatic", "manual", "instant"]).default("automatic"),
  /** In minor units; default: all that can be paid out. An automatic payout has no other. */
  amount: z.int().positive().optional(),
});
export type PayoutRequest = z.input<typeof payoutRequestSchema>;

/** Amount in minor units. */
export const resultSchema = z.object({ id: z.string(), amount: z.int(), currency: z.string(), status: z.string() });

/** Each throws a StripeApiError for an unknown payment or an impossible request. */
export function afterPaymentRoutes(books: FakeBooks): Record<string, (body: unknown) => object> {
  return {
    "/_fake/refund": (body) => {
      const { payment, amount, reverseTransfer = false, refundFee = false } = refundRequestSchema.parse(body);
      const intent = succeededIntent(books, payment);
      const left = refundable(books, intent);
      if ((amount ?? left) > left || left === 0) {
        throw invalid(400, `Only ${left} of ${payment} can be refunded, in minor units.`);
      }
      return resultSchema.parse(refund(books, intent, { amount: amount ?? left, reverseTransfer, refundFee }));
    },
    "/_fake/dispute": (body) => {
      const { payment, close } = disputeRequestSchema.parse(body);
      const intent = succeededIntent(books, payment);
      const open = openDispute(books, intent);
      if (close === undefined) {
        if (open) throw invalid(400, `${payment} is already disputed (${open.id}).`);
        return resultSchema.parse(dispute(books, intent));
      }
      if (!open) throw invalid(400, `${payment} has no open dispute.`);
      closeDispute(books, intent, open, close);
      return resultSchema.parse(open);
    },
    "/_fake/payout": (body) => {
      const { account, kind, amount } = payoutRequestSchema.parse(body);
      if (kind === "automatic" && amount !== undefined) throw invalid(400, "An automatic payout has no given amount.");
      if (!books.objectsOf(account)) throw invalid(400, `The connected account ${account} does not exist.`);
      try {
        const method = kind === "instant" ? "instant" : "standard";
        const spec = { automatic: kind === "automatic", method, ...(amount !== undefined && { amount }) } as const;
        return resultSchema.parse(payOut(books, account, spec));
      } catch (error) {
        throw error instanceof Error ? invalid(400, error.message) : error;
      }
    },
  };
}

function succeededIntent(books: FakeBooks, id: string): Stripe.PaymentIntent {
  const intent = books.intent(id);
  if (!intent) throw invalid(400, `The payment ${id} does not exist.`);
  if (intent.status !== "succeeded") throw invalid(400, `${id} has not succeeded.`);
  return intent;
}

function openDispute(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Dispute | undefined {
  const { dispute: disputes } = books.chargeAccount(books.specOf(intent));
  return disputes
    .newestFirst()
    .find((one) => one.payment_intent === intent.id && one.status !== "won" && one.status !== "lost");
}
