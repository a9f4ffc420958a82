/**
 * A network of franchisees with more than a year of business: payments in three currencies, refunds, disputes and
 * weekly deposits. The same seed makes the same amounts and times; ids differ.
 */
import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { isPayable, payOut } from "./payouts.ts";
import { closeDispute, dispute, figuresOf, refund } from "./refunds-and-disputes.ts";

export interface WorldSize {
  franchisees: number;
  payments: number;
  months: number;
  seed: number;
  /** Default: a third of the franchisees have destination charges. */
  isDirect?: boolean | undefined;
}

/** What the orchestrator has of it: `wrong` is a cent too much, `none` was never sent. */
type Recorded = "right" | "wrong" | "none";

export interface SeededPayment {
  account: string;
  stripePaymentId: string;
  /** In seconds. */
  paidAt: number;
  currency: string;
  name: string;
  email: string;
  workshopId: string;
  workshopName: string;
  /** In minor units, as Stripe has them. */
  figures: ReturnType<typeof figuresOf>;
  recorded: Recorded;
}

const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
const MONTH_S = 30.4 * DAY_S;

const CITIES =
  "Vancouver Burnaby Victoria Kelowna Calgary Edmonton Saskatoon Regina Winnipeg Toronto Ottawa Montréal".split(" ");
const FIRST_NAMES = "Ada Grace Edith Katherine Marie Rosalind Amara Elias Imogen Barbara".split(" ");
const LAST_NAMES = "Lovelace Hopper Clarke Johnson Curie Franklin Okafor Lindqvist Tremblay Nakamura".split(" ");
const WORKSHOPS = ["Clay", "Glass", "Cedar rope", "Ink", "Bread"];

/** Most franchisees are Canadian; their currencies settle without conversion. */
const CURRENCIES = ["cad", "cad", "cad", "usd", "cad", "eur"];

/** The world ends now. No webhook of it is delivered. */
export function seedWorld(books: FakeBooks, size: WorldSize): SeededPayment[] {
  const { clock, onEvent } = books;
  const end = clock();
  const start = end - Math.floor(size.months * MONTH_S);
  const random = randomNumbers(size.seed);
  const accounts = Array.from({ length: size.franchisees }, (_none, index) => newFranchisee(books, index));
  const seeded: SeededPayment[] = [];
  /** Accounts with payments since their last payout. */
  const active = new Set<string>();
  const plan: Event[] = [];
  for (let index = 0; index < size.payments; index += 1) {
    const at = start + Math.floor(((index + random()) / size.payments) * (end - start - DAY_S));
    const planned = planPayment(accounts, random, index, size.isDirect === true);
    const { account } = planned.spec;
    let intent: Stripe.PaymentIntent | undefined;
    plan.push({
      at,
      run: () => {
        intent = books.pay({ ...planned.spec, createdAt: at, chargedAt: at });
        active.add(account);
        const { id: stripePaymentId, currency } = intent;
        const figures = figuresOf(books, intent);
        seeded.push({ ...planned.described, account, stripePaymentId, paidAt: at, currency, figures });
      },
    });
    for (const { after, act } of planned.later) plan.push({ at: at + after, run: () => intent && act(books, intent) });
  }
  for (let at = start + WEEK_S; at < end; at += WEEK_S) {
    const run = () => {
      for (const account of active) if (isPayable(books, account)) payOut(books, account);
      active.clear();
    };
    plan.push({ at, run });
  }
  books.onEvent = undefined;
  try {
    for (const { at, run } of plan.filter((event) => event.at < end).toSorted((one, other) => one.at - other.at)) {
      books.clock = () => at;
      run();
    }
  } finally {
    Object.assign(books, { clock, onEvent });
  }
  return seeded;
}

interface Event {
  /** In seconds. */
  at: number;
  run: () => void;
}

interface Planned {
  spec: PaymentSpec;
  described: Pick<SeededPayment, "name" | "email" | "workshopId" | "workshopName" | "recorded">;
  /** What becomes of it, so many seconds later. */
  later: { after: number; act: (books: FakeBooks, intent: Stripe.PaymentIntent) => void }[];
}

function planPayment(accounts: readonly string[], random: () => number, index: number, isDirect: boolean): Planned {
  const pick = <T>(all: readonly T[]): T => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error("Nothing to pick from.");
    return one;
  };
  // The first franchisees have the most customers.
  const place = Math.floor(random() ** 1.6 * accounts.length);
  const amount = 2_000 + Math.floor(random() ** 2 * 250_000);
  const [name, workshop] = [`${pick(FIRST_NAMES)} ${pick(LAST_NAMES)}`, pick(WORKSHOPS)];
  const billing = { name, email: `${name.toLowerCase().replace(" ", ".")}.${index}@example.com` };
  const metadata = { workshopId: `workshop-${WORKSHOPS.indexOf(workshop)}`, workshopName: workshop };
  const mode = place % 3 === 2 && !isDirect ? "destination" : "direct";
  const [stripeFee, platformFee] = [Math.round(amount * 0.029) + 30, Math.round(amount * 0.05)];
  const fate = random();
  const after = Math.floor(random() * 30 * DAY_S);
  const later: Planned["later"] = [];
  if (fate > 0.92) {
    const isWhole = fate > 0.96;
    const options = { reverseTransfer: true, refundFee: isWhole };
    const part = isWhole ? {} : { amount: Math.floor(amount / 3) };
    later.push({ after, act: (books, intent) => void refund(books, intent, { ...options, ...part }) });
  } else if (fate > 0.9) {
    const outcome = pick(["won", "lost", null] as const);
    let opened: Stripe.Dispute | undefined;
    later.push({ after, act: (books, intent) => (opened = dispute(books, intent)) });
    later.push({
      after: after + 2 * WEEK_S,
      act: (books, intent) => opened && outcome && closeDispute(books, intent, opened, outcome),
    });
  }
  return {
    spec: {
      account: accounts[place] ?? "",
      mode,
      amount,
      currency: CURRENCIES[place % CURRENCIES.length] ?? "cad",
      stripeFee,
      // For a destination charge, it also covers Stripe's fee, which the platform pays.
      applicationFee: mode === "direct" ? platformFee : platformFee + stripeFee,
      metadata,
      billing,
    },
    described: { ...billing, ...metadata, recorded: fate < 0.02 ? "none" : fate < 0.04 ? "wrong" : "right" },
    later,
  };
}

function newFranchisee(books: FakeBooks, index: number): string {
  const account = `acct_world${String(index).padStart(4, "0")}`;
  books.connect(account);
  const [city, round] = [CITIES[index % CITIES.length] ?? "", Math.floor(index / CITIES.length)];
  books.nameBusiness(account, `Moon ${city}${round === 0 ? "" : ` ${round + 1}`}`);
  return account;
}

/** Mulberry32 (https://github.com/bryc/code/blob/master/jshash/PRNGs.md): numbers from 0 to 1, without 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
