import {
  closeDaysOptions,
  recordTransactionOptions,
  stripeWebhookOptions,
  syncAccountOptions,
  syncStripeOptions,
} from "../../src/config.ts";
import { WEBHOOKS_PER_PAYMENT, webhooksOf } from "../../testing/fake-stripe/payment-lifecycle.ts";
import { type Counts, OPERATIONS, PER_PAYOUT } from "./counts.ts";
import { type Item, PRICES } from "./prices.ts";

const DAYS = 30;
const GIB = 2 ** 30;
export const PAYMENTS = 300;
/** Of the default of SYNC_SCHEDULE. */
export const HOURS_BETWEEN_SYNCS = 4;

/** What no benchmark counts. docs/cost.md lists them. */
export const ASSUMED = {
  /** Of a hundred payments. */
  refunds: 2,
  /** How often each franchisee opens the portal on a day, and what it reads then and meanwhile (docs/scale.md). */
  visits: 1,
  readsOfVisit: 53,
  readsOfPayment: 3,
  /** Of a request, besides what Stripe and Firestore take. */
  secondsOfRequest: 0.1,
  secondsOfStripeCall: 0.3,
  /** Reads and writes of one request run in parallel, or in batches. */
  secondsOfDocument: 0.002,
  /** `enqueueSyncs` waits for each task. */
  secondsOfTask: 0.05,
  /** The log lines of a request, Cloud Run's included. */
  logBytesOfRequest: 2_500,
  bytesOfDocument: 2_000,
  /** Full copies that docs/backups.md keeps: a week of daily ones, eight weekly ones. */
  backups: 7 + 8,
  /** How far point-in-time recovery reaches back. */
  recoveryDays: 7,
  /** How long Stripe's events are kept. */
  eventDays: 90,
  /** How many months of payments are stored. */
  months: 12,
} as const;

export type Usage = Record<Item, number>;

interface Work {
  /** In a month. */
  times: number;
  reads: number;
  writes: number;
  stripeCalls: number;
  requests: number;
  /** Seconds of an instance with these options; default: by the other figures. */
  seconds?: number;
  options: { cpu?: unknown; memory?: unknown };
}

/** What a month of that many franchisees uses, with syncs every so many hours. */
export function usageOf(franchisees: number, counts: Counts, hoursBetweenSyncs = HOURS_BETWEEN_SYNCS): Usage {
  const payments = franchisees * PAYMENTS;
  const days = franchisees * DAYS;
  const syncs = (DAYS * 24) / hoursBetweenSyncs;
  const of = (name: keyof typeof OPERATIONS): { reads: number; writes: number; stripeCalls: number } => {
    const found = counts.operations[OPERATIONS[name]];
    if (!found) throw new Error(`${OPERATIONS[name]} was not counted: npm run bench -- cost`);
    return found;
  };
  /** What a run costs beyond one without changes, for each payment. */
  const beyond = (name: "syncNew" | "syncAfter" | "rescan", share: number) => ({
    reads: (of(name).reads - of("sync").reads) * share,
    writes: (of(name).writes - of("sync").writes) * share,
    stripeCalls: (of(name).stripeCalls - of("sync").stripeCalls) * share,
  });
  const platform = of("syncPlatform");
  const byFranchisee = franchisees / counts.franchisees;
  const webhooks = stripeWebhookOptions;
  const refunds = (payments * ASSUMED.refunds) / 100;
  const payouts = payments / PER_PAYOUT;
  const works: Work[] = [
    { times: payments, requests: 1, ...of("record"), options: recordTransactionOptions },
    { times: payments, requests: WEBHOOKS_PER_PAYMENT, ...of("webhooks"), options: webhooks },
    { times: payouts, requests: webhooksOf("payout").length, ...of("payout"), options: webhooks },
    { times: refunds, requests: webhooksOf("refund").length, ...of("refund"), options: webhooks },
    { times: franchisees * syncs, requests: 1, ...of("sync"), options: syncAccountOptions },
    // The next sync scans the last hour again.
    { times: payments, requests: 0, ...beyond("syncNew", 1 / PER_PAYOUT), options: syncAccountOptions },
    {
      times: payments,
      requests: 0,
      ...beyond("syncAfter", 1 / PER_PAYOUT / hoursBetweenSyncs),
      options: syncAccountOptions,
    },
    { times: days, requests: 0, ...beyond("rescan", 1), options: syncAccountOptions },
    {
      times: syncs,
      requests: 1,
      reads: platform.reads * byFranchisee,
      writes: platform.writes * byFranchisee,
      stripeCalls: platform.stripeCalls,
      options: syncAccountOptions,
    },
    // Lists the franchisees, and reads the profile of each.
    {
      times: syncs,
      requests: 1,
      reads: 2 * franchisees,
      writes: 0,
      stripeCalls: Math.ceil(franchisees / 100),
      seconds: ASSUMED.secondsOfRequest + ASSUMED.secondsOfTask * franchisees,
      options: syncStripeOptions,
    },
    // Lists the franchisees, and reads the last close of each.
    { times: days, requests: 0, ...of("close"), reads: of("close").reads + 2, options: closeDaysOptions },
    { times: DAYS, requests: 1, reads: 0, writes: 0, stripeCalls: 0, options: closeDaysOptions },
  ];
  const sum = (figure: (work: Work) => number): number =>
    works.reduce((total, work) => total + work.times * figure(work), 0);
  const secondsOf = ({ seconds, requests, stripeCalls, reads, writes }: Work): number =>
    seconds ??
    requests * ASSUMED.secondsOfRequest +
      stripeCalls * ASSUMED.secondsOfStripeCall +
      (reads + writes) * ASSUMED.secondsOfDocument;

  const visits = days * ASSUMED.visits;
  const portalReads = visits * ASSUMED.readsOfVisit + payments * ASSUMED.readsOfPayment;
  const events =
    payments * WEBHOOKS_PER_PAYMENT + payouts * webhooksOf("payout").length + refunds * webhooksOf("refund").length;
  const requests = sum((work) => work.requests);
  const writes = sum((work) => work.writes);
  const { stripeEvents, ...collections } = counts.storage;
  if (!stripeEvents) throw new Error("The events were not counted: npm run bench -- cost");
  const kept = Object.values(collections);
  const bytesOfPayment = kept.reduce((total, { bytes }) => total + bytes, 0) / PAYMENTS;
  const documents = kept.reduce((total, { count }) => total + count, 0);
  const stored =
    payments * ASSUMED.months * bytesOfPayment +
    (events * ASSUMED.eventDays * stripeEvents.bytes) / stripeEvents.count / DAYS;
  return {
    reads: sum((work) => work.reads) + portalReads,
    writes,
    ttlDeletes: events,
    storage: stored / GIB,
    // At most an earlier version of a whole document for each write.
    recovery: (writes * ASSUMED.recoveryDays * ((bytesOfPayment * PAYMENTS) / documents)) / DAYS / GIB,
    backups: (stored * ASSUMED.backups) / GIB,
    processor: sum((work) => secondsOf(work) * Number(work.options.cpu)),
    memory: sum((work) => secondsOf(work) * gibibytes(work.options.memory)),
    requests,
    tasks: 2 * syncs * (franchisees + 1),
    jobs: 3,
    secrets: 5,
    logs: (requests * ASSUMED.logBytesOfRequest) / GIB,
    transfer: (portalReads * ASSUMED.bytesOfDocument) / GIB,
  };
}

function gibibytes(memory: unknown): number {
  const [, number = "", unit = ""] = /^(\d+)([MG]iB)$/.exec(String(memory)) ?? [];
  if (number === "") throw new Error(`${String(memory)} is no memory option.`);
  return Number(number) / (unit === "MiB" ? 1024 : 1);
}

/** Dollars by item, after what is free. */
export function billOf(usage: Usage): Map<Item, number> {
  return new Map(
    PRICES.map(({ item, dollars, per, free }) => [item, (Math.max(usage[item] - free, 0) / per) * dollars]),
  );
}

export function totalOf(bill: ReadonlyMap<Item, number>): number {
  return [...bill.values()].reduce((sum, one) => sum + one, 0);
}
