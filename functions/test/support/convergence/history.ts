import fc from "fast-check";
import { size } from "../size.ts";
import { BEHAVIOURS, DOCUMENTED, type StripeBehaviour } from "../../../testing/fake-stripe/behaviour.ts";
import type { PaymentSpec } from "../../../testing/fake-stripe/payment-spec.ts";
import { PAYMENT_STATUSES } from "../../../src/domain/payment.ts";

/** Histories: what happens in Stripe, what is told of it and how, and what becomes of those who carry it. */

/** Which of those that there are: the rest of its division by their number says it. */
const which = fc.nat(99);
/** How many steps a process takes before something else happens. */
const steps = fc.oneof(fc.nat(8), fc.constant(Infinity));

/** A payment that is asked for, and what the orchestrator knows of it. */
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
  currency: fc.constantFrom("cad", "cad", "cad", "usd"),
  /** Whether what is paid in US dollars settles, and arrives, in Canadian ones. */
  isConverted: fc.boolean(),
  /** Who makes a direct charge. */
  madeBy: fc.constantFrom<"us" | "another" | "themselves">("us", "us", "us", "us", "another", "themselves"),
  metadata: fc.constantFrom<Record<string, string>>({}, { name: "Grace", workshopId: "w1", participantCount: "3" }),
  billing: fc.constantFrom<{ name?: string; email?: string }>({}, { name: "Edsger", email: "e@example.com" }),
});

const says = fc.record({
  parts: fc.boolean(),
  currency: fc.constantFrom<"none" | "right" | "cad">("none", "right", "cad"),
  /** By how many cents its net is off, and whether the platform's part makes up for it. */
  off: fc.constantFrom(0, 0, 0, -2, 3),
  addsUp: fc.boolean(),
});

function happening<T>(payment: fc.Arbitrary<number>, next: fc.Arbitrary<number>, told: fc.Arbitrary<T>) {
  return fc.record({ kind: fc.constant("happen" as const), payment, next, part: tenths(), told });
}

const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("order"), order: orders, says, isPaid: fc.boolean() }),
  },
  { weight: 14, arbitrary: happening(which, which, fc.option(fc.record({ instance: fc.nat(1), steps }), { freq: 2 })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("payout"), account: which, next: which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("say"),
      payment: which,
      status: fc.constantFrom(null, "succeeded", "succeeded", ...PAYMENT_STATUSES),
      name: fc.constantFrom("Ada", null),
      correctsBy: fc.constantFrom(0, 0, 0, 5),
      isPosted: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("invent"), account: which, says }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hide"), payment: which, reference: which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("post"), record: which }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("deliver"),
      event: which,
      isAgain: fc.constantFrom(false, false, false, true),
      instance: fc.nat(1),
      steps,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deliver all"), first: which, instance: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sync"), scope: which, owner: fc.nat(1), steps }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("go on"), process: which, steps }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill"), process: which }) },
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

/** Whoever is told first has read Stripe, and comes to commit it when something else has happened, and is committed. */
const overtaking = fc.tuple(which, fc.oneof(fc.nat(3), which), which).chain(([subject, one, other]) => {
  const payment = fc.constant(subject);
  const told = (taken: number) => fc.record({ instance: fc.nat(1), steps: fc.constant(taken) });
  const first = fc.constantFrom(3, 4, 5, 5, 6, 6).chain((taken) => happening(payment, fc.constant(one), told(taken)));
  // Often it goes back to what it was.
  return fc.tuple(first, happening(payment, fc.constantFrom(one, other), told(Infinity)));
});

const course = fc
  .array(fc.oneof({ weight: 5, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: overtaking }), {
    minLength: 3,
    maxLength: size({ test: 7, soak: 18 }),
    size: "max",
  })
  .map((parts) => parts.flat());

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
export type Order = typeof orders extends fc.Arbitrary<infer T> ? T : never;
export type Says = typeof says extends fc.Arbitrary<infer T> ? T : never;

const happenings = fc.array(fc.record({ next: which, part: tenths() }), { maxLength: 3 });

/**
 * Payments that a sync has found so long ago that the walk of the next one does not come to them, nor its look at what is open:
 * what happens to these from then on, it has to be told.
 */
const past = fc.record({
  payments: fc.array(fc.record({ order: orders, says, happenings, isDisputed: fc.boolean() }), {
    minLength: 1,
    maxLength: size({ test: 1, soak: 2 }),
  }),
  quiet: fc.constantFrom(4_000, 400_000, 400_000),
});

/** Either Stripe sends webhooks, or nobody has told it where to: then the sync has a day's deep pass to find everything. */
const hearing = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ hasWebhooks: fc.constant(true), rest: fc.constantFrom(600, 600, 600, 7_000, 90_000) }),
  },
  { weight: 1, arbitrary: fc.record({ hasWebhooks: fc.constant(false), rest: fc.constant(100_000) }) },
);

/** A reading of Stripe's documentation, each that leaves room drawn by itself. */
const behaviour = fc.record({
  partialCapture: fc.constantFrom(...BEHAVIOURS.partialCapture),
  partialTransfer: fc.constantFrom(...BEHAVIOURS.partialTransfer),
  failedRefund: fc.constantFrom(...BEHAVIOURS.failedRefund),
  failedPayout: fc.constantFrom(...BEHAVIOURS.failedPayout),
  feeRefund: fc.constantFrom(...BEHAVIOURS.feeRefund),
  counteredFee: fc.constantFrom(...BEHAVIOURS.counteredFee),
  platformPaidFee: fc.constantFrom(...BEHAVIOURS.platformPaidFee),
  // The key of the proof may read everything.
  unpermittedExpansion: fc.constant(DOCUMENTED.unpermittedExpansion),
  permissionError: fc.constant(DOCUMENTED.permissionError),
}) satisfies fc.Arbitrary<StripeBehaviour>;

export const histories = fc.record({
  accounts: fc.constantFrom(1, 1, 1, 2),
  behaviour,
  /** Who pays Stripe's fees for direct charges. */
  feesPayer: fc.constantFrom("account", "account", "application"),
  /** Whether all of it lies before the time of this machine, by which Stripe's answers are dated, or after it. */
  isLongAgo: fc.boolean(),
  /** Hours since the deep pass before. */
  deepPassAgo: fc.constantFrom(0, 20),
  past: fc.option(past, { freq: 4 }),
  steps: course,
  /** In which order those go on that are still under way, and which of them die. */
  ending: fc.array(which, { minLength: 1, maxLength: 6 }),
  isSyncedTwice: fc.constantFrom(true, ...Array.from({ length: size({ test: 5, soak: 2 }) }, () => false)),
  hearing,
});

export type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;
