import { connect } from "../../src/stripe/client.ts";
import { UNLIMITED } from "../../src/stripe/request-rate.ts";
import { recordDefaults } from "../../src/config.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { closeFranchisee } from "../../src/jobs/close/daily-close.ts";
import { syncStore } from "../../src/store/sync-store.ts";
import { PLATFORM } from "../../src/store/sync-state.ts";
import { syncUpToNow } from "../../src/jobs/sync/sync.ts";
import { apply } from "../../src/store/apply.ts";
import { chunksOf } from "../../src/store/firestore.ts";
import { figuresOf, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { type FakeStripe, startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { untilAvailable } from "../local/until-available.ts";
import sample from "../local/sample-golden-record.json" with { type: "json" };

export interface DrillSize {
  franchisees: number;
  payments: number;
  /** The last day is yesterday. */
  days: number;
}

const CONCURRENCY = 20;
const DAY_S = 86_400;

/** Payments with golden records sent once, twice, a cent off or never, and refunds; then a sync and daily closes. */
export async function seedLedger({ franchisees, payments, days }: DrillSize): Promise<void> {
  const fake = await startFakeStripe();
  try {
    const accounts = Array.from({ length: franchisees }, (_none, index) => `acct_drill${index + 1}`);
    const indexes = Array.from({ length: payments }, (_none, index) => index);
    for (const some of chunksOf(indexes, CONCURRENCY)) {
      await Promise.all(some.map((index) => addPayment(fake, accounts[index % franchisees] ?? "", index, days)));
    }
    const connection = connect({ key: "sk_test_drill", base: fake.url, rate: UNLIMITED });
    for (const scope of [PLATFORM, ...accounts]) {
      const dependencies = { store: syncStore, connection, defaults: recordDefaults() };
      await syncUpToNow(scope, dependencies, { owner: "drill", timeLimitMs: Infinity });
    }
    for (const account of accounts) await closeFranchisee(account);
  } finally {
    await fake.close();
  }
}

async function addPayment({ books }: FakeStripe, account: string, index: number, days: number): Promise<void> {
  const at = Math.floor(Date.now() / 1000) - (1 + (index % days)) * DAY_S;
  const intent = books.pay({
    account,
    mode: index % 3 === 0 ? "destination" : "direct",
    amount: 10_000 + index,
    applicationFee: 1_000,
    metadata: { workshopId: `workshop-${index % 10}`, workshopName: `Workshop ${index % 10}` },
    createdAt: at,
    chargedAt: at,
  });
  if (index % 9 === 0) refund(books, intent, { amount: 500 });
  if (index % 7 === 0) return;
  const { total, stripeFee, platformFee, net } = figuresOf(books, intent);
  const cent = index % 11 === 0 ? 1 : 0;
  const record = goldenRecordSchema.parse({
    ...sample,
    stripePaymentId: intent.id,
    amount_total: total,
    amount_stripe_fee: stripeFee,
    amount_platform_fee: platformFee - cent,
    amount_franchisee_net: net + cent,
    workshopId: `workshop-${index % 10}`,
  });
  const records = index % 4 === 0 ? [{ ...record, status: "processing" as const }, record] : [record];
  for (const [second, one] of records.entries()) {
    const now = new Date((at + second) * 1000);
    const context = { now, defaults: recordDefaults() };
    await untilAvailable(() => apply(account, { kind: "golden", record: one, sentAt: now }, context));
  }
}
