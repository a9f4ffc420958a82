import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { type Figures, figuresOf } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { GoldenObservation } from "../../src/domain/observation.ts";
import { applyAll } from "../../src/store/apply.ts";
import { fromFirestore } from "../../src/store/transaction-converter.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { DEFAULTS, goldenRecord } from "../support/records.ts";
import { size } from "../support/size.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

/** A multiple of 40, so that every share of them is an integer. */
const PAYMENTS = size({ test: 600, soak: 5_000 });
const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
/** Pseudo-random numbers, equal in every run. */
const scattered = (index: number, below: number): number => (index * 7_919 + 104_729) % below;

interface Payment {
  id: string;
  franchiseeId: string;
  figures: Figures;
  /** By how many cents the orchestrator's net is off; undefined without a record. */
  off: number | undefined;
}

/** Payments of the last 30 days, spread over the franchisees. The orchestrator has three of every ten. */
function pay(
  fake: FakeStripe,
  count: number,
  franchisees: { id: string; mode: "direct" | "destination" }[],
): Payment[] {
  return Array.from({ length: count }, (_none, index) => {
    const { id: account, mode } = franchisees[index % franchisees.length] ?? { id: "", mode: "direct" };
    const at = now - 3_600 - scattered(index, 30 * DAY);
    const amount = 5_000 + scattered(index, 50_000);
    const applicationFee = Math.round(amount * 0.06) + 30;
    const intent = fake.books.pay({ account, mode, amount, applicationFee, createdAt: at, chargedAt: at });
    const off = index % 10 >= 3 ? undefined : index % 40 === 0 ? 1 + (index % 3) : 0;
    return { id: intent.id, franchiseeId: account, figures: figuresOf(fake.books, intent), off };
  });
}

function goldenOf({ id, figures, off = 0 }: Payment): GoldenObservation {
  const record = goldenRecord({
    stripePaymentId: id,
    amount_total: figures.total,
    amount_stripe_fee: figures.stripeFee,
    amount_platform_fee: figures.platformFee - off,
    amount_franchisee_net: figures.net + off,
    name: `Customer of ${id}`,
  });
  return { kind: "golden", record, sentAt: new Date(now * 1000) };
}

async function recordGolden(payments: readonly Payment[]): Promise<void> {
  const sent = payments.filter(({ off }) => off !== undefined);
  for (let start = 0; start < sent.length; start += 100) {
    const page = sent.slice(start, start + 100);
    const targets = page.map((payment) => ({ franchiseeId: payment.franchiseeId, observation: goldenOf(payment) }));
    await applyAll(targets, { now: new Date(), defaults: DEFAULTS });
  }
}

async function documentsOf(franchiseeId: string): Promise<Map<string, DocumentSnapshot>> {
  const { docs } = await transactionsOf(franchiseeId).get();
  return new Map(docs.map((document) => [document.id, document]));
}

function expectCorrect(payment: Payment, document: DocumentSnapshot | undefined): void {
  if (!document) throw new Error(`${payment.id} is missing.`);
  const { figures, off } = payment;
  const transaction = fromFirestore(document);
  const shown = {
    total: transaction.amount_total,
    stripeFee: transaction.amount_stripe_fee,
    platformFee: transaction.amount_platform_fee,
    net: transaction.amount_franchisee_net,
  };
  if (off === undefined) {
    expect(shown).toEqual(figures);
    expect(transaction).toMatchObject({ source: "stripe", golden: null, revision: 0 });
    expect(transaction.reconciliation.status).toBe("missing_in_portal");
    return;
  }
  const golden = goldenOf(payment);
  expect(transaction.golden).toEqual(golden.record);
  const { correction: _correction, currency: _currency, livemode: _livemode, ...fields } = golden.record;
  expect(transaction).toMatchObject({ ...fields, goldenSentAt: golden.sentAt, source: "orchestrator", revision: 1 });
  const { net, platformFee } = figures;
  expect(transaction.reconciliation).toMatchObject(
    off === 0
      ? { status: "matched", differences: [] }
      : {
          status: "mismatched",
          differences: [
            { field: "amount_platform_fee", recorded: platformFee - off, stripe: platformFee },
            { field: "amount_franchisee_net", recorded: net + off, stripe: net },
          ],
        },
  );
}

test(`${PAYMENTS} payments of six franchisees are stored once each, golden records are unchanged, and a second sync writes nothing`, async () => {
  const fake = await startStripe();
  const franchisees = Array.from({ length: 6 }, (_none, index) => {
    return { id: newFranchisee(), mode: index % 2 === 0 ? ("direct" as const) : ("destination" as const) };
  });
  const payments = pay(fake, PAYMENTS, franchisees);
  await recordGolden(payments);
  const connection = connectTo(fake);
  const scopes = ["platform", ...franchisees.map(({ id }) => id)];
  const syncAll = async () => {
    const reports = [];
    for (const scope of scopes) reports.push(await runSync(scope, connection));
    return reports;
  };

  const first = await syncAll();
  // One request for every hundred charges of a scope, and none for a single payment; of an account, one for the
  // payouts, one for every hundred movements, and one for the balance.
  for (const { scope, stripeCalls } of first) {
    const isPlatform = scope === "platform";
    const { charge, balance_transaction } = fake.books.objectsOf(isPlatform ? null : scope) ?? fake.books.platform;
    const [charges, movements] = [charge, balance_transaction].map((all) => Math.ceil(all.newestFirst().length / 100));
    expect([scope, stripeCalls]).toEqual([scope, isPlatform ? charges : Number(charges) + 1 + Number(movements) + 1]);
  }
  expect(first.reduce((sum, { created }) => sum + created, 0)).toBe(0.7 * PAYMENTS);
  expect(first.reduce((sum, { updated }) => sum + updated, 0)).toBe(0.3 * PAYMENTS);

  const stored = new Map<string, Map<string, DocumentSnapshot>>();
  for (const { id } of franchisees) stored.set(id, await documentsOf(id));
  expect([...stored.values()].reduce((sum, documents) => sum + documents.size, 0)).toBe(PAYMENTS);
  for (const payment of payments) expectCorrect(payment, stored.get(payment.franchiseeId)?.get(payment.id));

  const second = await syncAll();
  expect(second.map(({ created, updated }) => created + updated)).toEqual(scopes.map(() => 0));
  for (const { id } of franchisees) {
    for (const [paymentId, document] of await documentsOf(id)) {
      expect(document.updateTime).toEqual(stored.get(id)?.get(paymentId)?.updateTime);
    }
  }
});

test("the freshness of both scopes is in the franchisee's document", async () => {
  const fake = await startStripe();
  const franchiseeId = newFranchisee();
  pay(fake, 1, [{ id: franchiseeId, mode: "direct" }]);
  const connection = connectTo(fake);
  const { to } = await runSync(franchiseeId, connection);
  await runSync("platform", connection);
  const document = await database().doc(`franchisees/${franchiseeId}`).get();
  expect(document.data()).toMatchObject({ sync: { platform: { error: null }, account: { error: null } } });
  expect(document.get("sync.account.completeUntil")).toEqual(Timestamp.fromDate(new Date(String(to))));
});
