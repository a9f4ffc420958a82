import fc from "fast-check";
import { size } from "../size.ts";
import { BEHAVIOURS, DOCUMENTED, type StripeBehaviour } from "../../../testing/fake-stripe/behaviour.ts";
import type { PaymentSpec } from "../../../testing/fake-stripe/payment-spec.ts";
import { PAYMENT_STATUSES } from "../../../src/domain/payment.ts";

/** Random scenarios: actions in Stripe, records, deliveries of both, and crashes. */

/** Selects one of the candidates, modulo their number. */
const which = fc.nat(99);
/** How many steps a process runs before something else happens. */
const steps = fc.oneof(fc.nat(8), fc.constant(Infinity));

/** A payment that the orchestrator creates. */
const orders = fc.record({
  account: which,
  mode: fc.constantFrom<PaymentSpec["mode"] | "destination by amount">(
    "direct",
    "direct",
    "destination",
    "destination by amount",
    "transfer",
  ),
  amount: fc.integer({ min: 1_000, max: 99_999 }),
  hasFee: fc.boolean(),
  isLate: fc.boolean(),
  currency: fc.constantFrom("cad", "cad", "cad", "cad", "usd", "krw"),
  /** Whether a payment in another currency settles, and arrives, in Canadian dollars. */
  isConverted: fc.boolean(),
  /** Which application creates a direct charge. */
  createdBy: fc.constantFrom<"us" | "another" | "themselves">("us", "us", "us", "us", "another", "themselves"),
  metadata: fc.constantFrom<Record<string, string>>({}, { name: "Grace", workshopId: "w1", participantCount: "3" }),
  billing: fc.constantFrom<{ name?: string; email?: string }>({}, { name: "Edsger", email: "e@example.com" }),
});

/** What the records of a payment state. */
const shapes = fc.record({
  hasParts: fc.boolean(),
  currency: fc.constantFrom<"none" | "right" | "cad">("none", "right", "cad"),
  /** By how many cents the net is wrong, and whether the platform's fee offsets it. */
  netError: fc.constantFrom(0, 0, 0, -2, 3),
  addsUp: fc.boolean(),
});

function act<T>(payment: fc.Arbitrary<number>, action: fc.Arbitrary<number>, delivery: fc.Arbitrary<T>) {
  return fc.record({ kind: fc.constant("act in Stripe" as const), payment, action, tenths: tenths(), delivery });
}

const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("order"), order: orders, shape: shapes, isPaid: fc.boolean() }),
  },
  { weight: 14, arbitrary: act(which, which, fc.option(fc.record({ instance: fc.nat(1), steps }), { freq: 2 })) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("payout"), account: which, action: which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("book"),
      account: which,
      action: which,
      amount: fc.integer({ min: 1, max: 5_000 }),
      currency: fc.constantFrom("cad", "cad", "usd"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("sign record"),
      payment: which,
      status: fc.constantFrom(null, "succeeded", "succeeded", ...PAYMENT_STATUSES),
      name: fc.constantFrom("Ada", null),
      netCorrection: fc.constantFrom(0, 0, 0, 5),
      isPosted: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sign unknown"), account: which, shape: shapes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hide"), payment: which, reference: which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("post"), record: which }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("deliver"),
      event: which,
      isRepeated: fc.constantFrom(false, false, false, true),
      instance: fc.nat(1),
      steps,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deliver all"), first: which, instance: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sync"), scope: which, owner: fc.nat(1), steps }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("advance"), process: which, steps }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("crash"), process: which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait"),
      seconds: fc.constantFrom(1, 1, 1, 20, 20, 70, 70, 400, 4_000, 4_000, 30_000, 400_000),
    }),
  },
);

function tenths() {
  return fc.integer({ min: 1, max: 9 });
}

/** The first delivery reads Stripe, and commits only after a later change has been committed. */
const overtaking = fc.tuple(which, fc.oneof(fc.nat(3), which), which).chain(([subject, one, other]) => {
  const payment = fc.constant(subject);
  const delivery = (taken: number) => fc.record({ instance: fc.nat(1), steps: fc.constant(taken) });
  const first = fc.constantFrom(3, 4, 5, 5, 6, 6).chain((taken) => act(payment, fc.constant(one), delivery(taken)));
  // The second action often reverts the first.
  return fc.tuple(first, act(payment, fc.constantFrom(one, other), delivery(Infinity)));
});

const allSteps = fc
  .array(fc.oneof({ weight: 5, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: overtaking }), {
    minLength: 3,
    maxLength: size({ test: 7, soak: 18 }),
    size: "max",
  })
  .map((parts) => parts.flat());

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
export type Order = typeof orders extends fc.Arbitrary<infer T> ? T : never;
export type RecordShape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

const actions = fc.array(fc.record({ action: which, tenths: tenths() }), { maxLength: 3 });

/**
 * Payments that a sync found so long ago that neither the scan of the next one nor its fetch of open payments includes
 * them: only events report what happens to them from then on.
 */
const past = fc.record({
  payments: fc.array(fc.record({ order: orders, shape: shapes, actions, isDisputed: fc.boolean() }), {
    minLength: 1,
    maxLength: size({ test: 1, soak: 2 }),
  }),
  restSeconds: fc.constantFrom(4_000, 400_000, 400_000),
});

/** Either Stripe sends webhooks, or it has no endpoints: then the next 35-day rescan has to find everything. */
const webhooks = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ areSent: fc.constant(true), restSeconds: fc.constantFrom(600, 600, 600, 7_000, 90_000) }),
  },
  { weight: 1, arbitrary: fc.record({ areSent: fc.constant(false), restSeconds: fc.constant(100_000) }) },
);

/** A reading of Stripe's documentation: each ambiguity is drawn separately. */
const behaviour = fc.record({
  partialCapture: fc.constantFrom(...BEHAVIOURS.partialCapture),
  partialTransfer: fc.constantFrom(...BEHAVIOURS.partialTransfer),
  failedRefund: fc.constantFrom(...BEHAVIOURS.failedRefund),
  failedPayout: fc.constantFrom(...BEHAVIOURS.failedPayout),
  payoutRemainder: fc.constantFrom(...BEHAVIOURS.payoutRemainder),
  payoutDestination: fc.constantFrom(...BEHAVIOURS.payoutDestination),
  instantFee: fc.constantFrom(...BEHAVIOURS.instantFee),
  reserve: fc.constantFrom(...BEHAVIOURS.reserve),
  feeRefund: fc.constantFrom(...BEHAVIOURS.feeRefund),
  counteredFee: fc.constantFrom(...BEHAVIOURS.counteredFee),
  platformPaidFee: fc.constantFrom(...BEHAVIOURS.platformPaidFee),
  // The key may read everything.
  unpermittedExpansion: fc.constant(DOCUMENTED.unpermittedExpansion),
  permissionError: fc.constant(DOCUMENTED.permissionError),
}) satisfies fc.Arbitrary<StripeBehaviour>;

export const scenarios = fc.record({
  accounts: fc.constantFrom(1, 1, 1, 2),
  behaviour,
  /** Who pays Stripe's fees for direct charges. */
  feesPayer: fc.constantFrom("account", "account", "application"),
  /** Whether all times are before or after this machine's time, which dates Stripe's responses. */
  isLongAgo: fc.boolean(),
  /** The days until a payment's funds are available. */
  delayDays: fc.constantFrom(0, 0, 1, 3),
  /** Hours since the last 35-day rescan. */
  rescanHoursAgo: fc.constantFrom(0, 20),
  /** Whether the syncs before knew the movements on the accounts' balances; earlier versions did not. */
  hasBalances: fc.constantFrom(true, true, false),
  past: fc.option(past, { freq: 4 }),
  steps: allSteps,
  /** In which order the remaining processes finish, and which of them crash. */
  ending: fc.array(which, { minLength: 1, maxLength: 6 }),
  isSyncedTwice: fc.constantFrom(true, ...Array.from({ length: size({ test: 5, soak: 2 }) }, () => false)),
  webhooks,
});

export type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;
