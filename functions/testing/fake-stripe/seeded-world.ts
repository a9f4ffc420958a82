/**
 * A network of franchisees with more than a year of business: direct, destination and separate charges in three
 * currencies, refunds, disputes and deposits. The same seed makes the same amounts and times; ids differ.
 */
import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { failPayout, isPayable, mostPayable, payOut } from "./payouts.ts";
import { closeDispute, dispute, figuresOf, refund } from "./refunds-and-disputes.ts";
import { reverseTransfer } from "./reversals.ts";

export interface WorldSize {
  franchisees: number;
  payments: number;
  months: number;
  seed: number;
}

/** What the orchestrator has of it: `wrong` is a cent too much, `none` was never sent. */
type Recorded = "right" | "wrong" | "none";

export interface SeededPayment {
  account: string;
  stripePaymentId: string;
  /** In seconds. */
  paidAt: number;
  /** Of the figures. */
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

/** How a franchisee is paid. `converts`: every third payment is in another currency. */
interface Kind {
  mode: PaymentSpec["mode"];
  currency: string;
  converts?: { currency: string; rate: number };
  /** `failing`: automatic, and the bank returns one. */
  payouts: "automatic" | "failing" | "manual";
}

/** In turn; most are Canadian. */
const KINDS: readonly Kind[] = [
  { mode: "direct", currency: "cad", payouts: "failing" },
  { mode: "direct", currency: "cad", payouts: "manual", converts: { currency: "usd", rate: 1.37 } },
  { mode: "destination", currency: "cad", payouts: "automatic" },
  { mode: "direct", currency: "usd", payouts: "automatic" },
  { mode: "transfer", currency: "cad", payouts: "automatic" },
  { mode: "destination", currency: "eur", payouts: "automatic" },
];

function kindOf(place: number): Kind {
  const kind = KINDS[place % KINDS.length];
  if (!kind) throw new Error(`Franchisee ${place} is of no kind.`);
  return kind;
}

/** What becomes of a payment. A refund is `returned` with the fee or transfer, or `borne` by who refunds. */
type Fate =
  | "partly captured"
  | "returned"
  | "partly returned"
  | "borne"
  | "dispute won"
  | "dispute lost"
  | "dispute open"
  | "unrecorded"
  | "wrong"
  | "paid";

/** Each franchisee's first payments have one of each, so that a small world has them too. */
const FIRST_FATES: readonly Fate[] = [
  "partly captured",
  "returned",
  "dispute lost",
  "partly returned",
  "unrecorded",
  "dispute won",
  "borne",
  "wrong",
  "dispute open",
];

/** By their parts of a thousand. */
const LATER_FATES: readonly (readonly [fate: Fate, share: number])[] = [
  ["partly captured", 10],
  ["returned", 30],
  ["partly returned", 30],
  ["borne", 10],
  ["dispute won", 7],
  ["dispute lost", 7],
  ["dispute open", 6],
  ["unrecorded", 20],
  ["wrong", 20],
];

/** The world ends now. No webhook of it is delivered. */
export function seedWorld(books: FakeBooks, size: WorldSize): SeededPayment[] {
  const { clock, onEvent } = books;
  const end = clock();
  const start = end - Math.floor(size.months * MONTH_S);
  const random = randomNumbers(size.seed);
  const accounts = Array.from({ length: size.franchisees }, (_none, index) => newFranchisee(books, index));
  const counts = accounts.map(() => 0);
  const seeded: SeededPayment[] = [];
  /** Accounts whose balance has changed since their last payout. */
  const active = new Set<string>();
  const plan: Event[] = [];
  for (let index = 0; index < size.payments; index += 1) {
    const at = start + Math.floor(((index + random()) / size.payments) * (end - start - DAY_S));
    // The first franchisees have the most customers.
    const place = Math.floor(random() ** 1.6 * accounts.length);
    const account = accounts[place] ?? "";
    const number = counts[place] ?? 0;
    counts[place] = number + 1;
    const planned = planPayment({ account, kind: kindOf(place), index, number }, random);
    let intent: Stripe.PaymentIntent | undefined;
    plan.push({
      at,
      run: () => {
        intent = payAs(books, { ...planned.spec, createdAt: at, chargedAt: at }, planned);
        active.add(account);
        const { currency = intent.currency } = planned.spec.settlement ?? {};
        const figures = figuresOf(books, intent);
        seeded.push({ ...planned.described, account, stripePaymentId: intent.id, paidAt: at, currency, figures });
      },
    });
    for (const { after, act } of planned.later) {
      const run = () => {
        if (intent) act(books, intent);
        active.add(account);
      };
      plan.push({ at: at + after, run });
    }
  }
  for (let at = start + WEEK_S; at < end; at += WEEK_S) {
    const run = () => {
      for (const [place, account] of accounts.entries()) {
        if (active.delete(account)) payOutAs(books, account, kindOf(place));
      }
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
  /** The part that is captured, if that is not all. */
  captured: number | null;
  /** The platform's fee without Stripe's. */
  platformFee: number;
  /** What becomes of it, so many seconds later. */
  later: { after: number; act: (books: FakeBooks, intent: Stripe.PaymentIntent) => void }[];
}

interface Place {
  account: string;
  kind: Kind;
  /** Of the payment, in the world and of its franchisee. */
  index: number;
  number: number;
}

function planPayment({ account, kind, index, number }: Place, random: () => number): Planned {
  const pick = <T>(all: readonly T[]): T => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error("Nothing to pick from.");
    return one;
  };
  const amount = 2_000 + Math.floor(random() ** 2 * 250_000);
  const [name, workshop] = [`${pick(FIRST_NAMES)} ${pick(LAST_NAMES)}`, pick(WORKSHOPS)];
  const billing = { name, email: `${name.toLowerCase().replace(" ", ".")}.${index}@example.com` };
  const metadata = { workshopId: `workshop-${WORKSHOPS.indexOf(workshop)}`, workshopName: workshop };
  const fate = FIRST_FATES[number] ?? laterFate(random());
  const { mode, currency } = kind;
  const foreign = number % 3 === 1 ? kind.converts : undefined;
  const [stripeFee, platformFee] = [Math.round(amount * 0.029) + 30, Math.round(amount * 0.05)];
  return {
    spec: {
      account,
      mode,
      amount,
      currency: foreign?.currency ?? currency,
      ...(foreign && { settlement: { currency, rate: foreign.rate } }),
      // For a destination charge, it also covers Stripe's fee, which the platform pays.
      ...(mode !== "transfer" && { applicationFee: mode === "direct" ? platformFee : platformFee + stripeFee }),
      metadata,
      billing,
    },
    described: { ...billing, ...metadata, recorded: recordedAs(fate) },
    captured: fate === "partly captured" ? Math.floor(amount * 0.8) : null,
    platformFee,
    later: afterwards(fate, Math.floor(random() * 30 * DAY_S)),
  };
}

/** By a number from 0 to 1. */
function laterFate(number: number): Fate {
  let rest = number * 1_000;
  for (const [fate, share] of LATER_FATES) {
    rest -= share;
    if (rest < 0) return fate;
  }
  return "paid";
}

function recordedAs(fate: Fate): Recorded {
  if (fate === "unrecorded") return "none";
  return fate === "wrong" ? "wrong" : "right";
}

function afterwards(fate: Fate, after: number): Planned["later"] {
  if (fate === "returned" || fate === "partly returned") {
    return [{ after, act: (books, intent) => giveBack(books, intent, fate === "returned") }];
  }
  if (fate === "borne") return [{ after, act: (books, intent) => void refund(books, intent) }];
  if (fate !== "dispute open" && fate !== "dispute won" && fate !== "dispute lost") return [];
  let opened: Stripe.Dispute | undefined;
  const open: Planned["later"][number] = { after, act: (books, intent) => (opened = dispute(books, intent)) };
  if (fate === "dispute open") return [open];
  const outcome = fate === "dispute won" ? "won" : "lost";
  const act = (books: FakeBooks, intent: Stripe.PaymentIntent) =>
    opened && closeDispute(books, intent, opened, outcome);
  return [open, { after: after + 2 * WEEK_S, act }];
}

/** Refunds all with the platform's fee, or a third; the franchisee's part comes from its balance. */
function giveBack(books: FakeBooks, intent: Stripe.PaymentIntent, isWhole: boolean): void {
  const part = (whole: number): number => (isWhole ? whole : Math.floor(whole / 3));
  const { mode, account } = books.specOf(intent);
  if (mode !== "transfer") {
    refund(books, intent, { reverseTransfer: true, refundFee: isWhole, amount: part(intent.amount_received) });
    return;
  }
  refund(books, intent, { amount: part(intent.amount_received) });
  const sent = books.platform.transfer
    .newestFirst()
    .find(({ source_transaction: source }) => source === intent.latest_charge);
  if (!sent) throw new Error(`Nothing of ${intent.id} was transferred to ${account}.`);
  reverseTransfer(books, intent, part(sent.amount), { transfer: sent });
}

/** Makes a payment, captures it, and transfers the franchisee's part of a separate charge. */
function payAs(books: FakeBooks, spec: PaymentSpec, { captured, platformFee }: Planned): Stripe.PaymentIntent {
  const intent = books.createIntent(spec);
  books.attempt(intent, captured === null ? "succeeded" : "requires_capture");
  if (captured !== null) books.capture(intent, captured);
  if (spec.mode === "transfer") {
    const { total, stripeFee } = figuresOf(books, intent);
    books.addTransfer(intent, total - stripeFee - platformFee);
  }
  return intent;
}

function payOutAs(books: FakeBooks, account: string, { payouts, currency }: Kind): void {
  const owner = books.connect(account);
  if (payouts === "manual") {
    if (mostPayable(owner, currency, "standard") > 0) payOut(books, account, { automatic: false, currency });
    return;
  }
  const made = owner.payout.newestFirst();
  const [newest] = made;
  const isFirst = made.every(({ status }) => status !== "failed");
  if (payouts === "failing" && newest && newest.amount > 0 && made.length > 2 && isFirst) {
    failPayout(books, account, newest);
  }
  if (isPayable(books, account)) payOut(books, account);
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
