import type { Firestore } from "firebase-admin/firestore";
import { PAYMENTS, type StoredBalanceTransaction } from "../../src/domain/balance-transaction.ts";
import { decide } from "../../src/domain/decide.ts";
import type { Deposit } from "../../src/domain/deposit.ts";
import { addCounters, countersOf } from "../../src/domain/revenue.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import type { CheckedBalance } from "../../src/store/balance-documents.ts";
import { toFirestore } from "../../src/store/transaction-converter.ts";
import { documentOf, fieldOf, labelsOf } from "../../src/store/totals.ts";
import sample from "../local/sample-golden-record.json" with { type: "json" };

/** Batched, because the emulator is far slower with single writes. */
const BATCH_SIZE = 400;

/** Writes a year of payments at 40 workshops, with their totals, without the functions. */
export async function seedFranchisee(database: Firestore, franchiseeId: string, payments: number): Promise<void> {
  const franchisee = database.collection("franchisees").doc(franchiseeId);
  const defaults = { currency: "cad", livemode: false, timeZone: "America/Vancouver", applicationId: null };
  const end = Date.now();
  const sums = new Map<string, number>();
  const labels = new Map<string, string | null>();
  let batch = database.batch();
  for (let index = 0; index < payments; index += 1) {
    const createdAt = new Date(end - Math.floor((index * 365 * 86_400_000) / payments));
    const stripePaymentId = `pi_${franchiseeId}_${index}`;
    const workshop = { workshopId: `workshop-${index % 40}`, workshopName: `Workshop ${index % 40}` };
    const record = goldenRecordSchema.parse({ ...sample, ...workshop, stripePaymentId });
    const decision = decide(null, { kind: "golden", record, sentAt: createdAt }, { now: createdAt, defaults });
    if (decision.outcome !== "created") throw new Error(decision.outcome);
    addCounters(sums, countersOf(decision.next, defaults));
    for (const [label, text] of labelsOf(decision.next)) labels.set(label, text);
    const reference = franchisee.collection("transactions").doc(stripePaymentId);
    batch.create(reference, toFirestore(decision.next));
    if (index % BATCH_SIZE === BATCH_SIZE - 1) {
      await batch.commit();
      batch = database.batch();
    }
  }
  await batch.commit();
  // As commits store them: without zeros, except in the franchisee's own document.
  const stored = [...sums].filter(([counter, number]) => number !== 0 || documentOf(counter) === "lifetime");
  for (const [document, fields] of Map.groupBy([...stored, ...labels], ([field]) => documentOf(field))) {
    const reference = document === "lifetime" ? franchisee : franchisee.collection("revenue").doc(document);
    await reference.set(toNestedFields(fields.map(([field, value]) => [fieldOf(field), value])));
  }
}

/** Seconds between two payments of a year. */
const perYear = (payments: number): number => Math.floor((365 * 86_400) / payments);

/**
 * Writes the movements of a year of payments, an automatic payout after every `paidOut` of them and a manual one, with
 * the last comparison, without the functions.
 */
export async function seedBalance(
  database: Firestore,
  franchiseeId: string,
  { payments, paidOut }: { payments: number; paidOut: number },
): Promise<void> {
  const franchisee = database.collection("franchisees").doc(franchiseeId);
  const start = Date.now() - 365 * 86_400_000;
  const timeOf = (index: number): Date => new Date(start + 1000 * perYear(payments) * index);
  const writer = database.bulkWriter();
  const move = (
    id: string,
    fields: Pick<StoredBalanceTransaction, "createdAt" | "amount"> & Partial<StoredBalanceTransaction>,
  ): void => {
    const movement: StoredBalanceTransaction = {
      id,
      type: "charge",
      reportingCategory: "charge",
      balanceType: PAYMENTS,
      currency: "cad",
      fee: 0,
      net: fields.amount,
      feeDetails: [],
      exchangeRate: null,
      availableAt: fields.createdAt,
      status: "available",
      source: null,
      description: null,
      stripePaymentId: null,
      payoutId: null,
      ...fields,
    };
    void writer.create(franchisee.collection("balanceTransactions").doc(id), movement);
  };
  const payOut = (id: string, amount: number, fields: Pick<Deposit, "createdAt" | "kind" | "composition">): void => {
    const isListed = fields.composition !== null;
    const deposit: Deposit = {
      id,
      status: "paid",
      arrivesAt: fields.createdAt,
      amount,
      currency: "cad",
      bank: null,
      failure: null,
      statementDescriptor: null,
      reconciliationStatus: isListed ? "completed" : "not_applicable",
      originalPayoutId: null,
      reversedByPayoutId: null,
      explained: isListed ? { net: amount, difference: 0 } : null,
      asOf: fields.createdAt,
      ...fields,
    };
    void writer.create(franchisee.collection("payouts").doc(id), deposit);
    const payoutId = isListed ? id : null;
    const payout = { type: "payout", reportingCategory: "payout", source: id, payoutId };
    move(`txn_${id}`, { ...payout, createdAt: fields.createdAt, amount: -amount });
  };
  for (let index = 0; index < payments; index += 1) {
    const payoutId = `po_${Math.floor(index / paidOut)}`;
    const createdAt = timeOf(index);
    const net = PAID - FEE;
    const feeDetails = [{ type: "stripe_fee", amount: FEE }];
    const stripePaymentId = `pi_${franchiseeId}_${payments - 1 - index}`;
    move(`txn_${index}`, { createdAt, amount: PAID, fee: FEE, net, feeDetails, stripePaymentId, payoutId });
    if (index % paidOut !== paidOut - 1) continue;
    const amount = paidOut * net;
    const composition = [
      { reportingCategory: "charge", count: paidOut, amount: paidOut * PAID, fee: paidOut * FEE, net: amount },
    ];
    payOut(payoutId, amount, { createdAt, kind: "automatic", composition });
  }
  payOut("po_manual", 1, { createdAt: timeOf(payments), kind: "manual", composition: null });
  await writer.close();
  const currencies = { cad: { available: -1, pending: 0, recorded: -1, difference: 0 } };
  const balance: CheckedBalance = { checkedAt: new Date(), currencies, isExplained: true, unexplainedSince: null };
  await franchisee.set({ balance }, { merge: true });
}

const PAID = 10_000;
const FEE = 320;

interface Nested {
  [field: string]: unknown;
}

/** Nests values whose fields are paths. */
function toNestedFields(values: Iterable<readonly [field: string, value: unknown]>): Nested {
  const fields: Nested = {};
  for (const [path, value] of values) {
    const parts = path.split("/");
    const last = parts.pop() ?? "";
    let map = fields;
    for (const part of parts) {
      const inner: Nested = isNested(map[part]) ? map[part] : {};
      map[part] = inner;
      map = inner;
    }
    map[last] = value;
  }
  return fields;
}

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null;
}
