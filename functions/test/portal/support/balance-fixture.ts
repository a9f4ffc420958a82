import type { StoredBalanceTransaction } from "../../../src/domain/balance-transaction.ts";
import type { Deposit } from "../../../src/domain/deposit.ts";
import { balanceTransactionsRef, franchiseeRef, payoutsRef } from "../../../src/store/refs.ts";
import { apply } from "../../../src/store/apply.ts";
import { newFranchisee } from "../../support/api.ts";
import { movement as storedMovement, payout } from "../../support/balance-fixture.ts";
import { database } from "../../support/database.ts";
import { DEFAULTS, observation } from "../../support/records.ts";
import type { Visit } from "./visit.ts";

export const NOON = new Date("2025-11-14T12:00:00Z");

const at = (day: string): Date => new Date(`2025-11-${day}T12:00:00Z`);

export function movement(id: string, fields: Partial<StoredBalanceTransaction> = {}): StoredBalanceTransaction {
  const { amount = 0, fee = 0, createdAt = NOON } = fields;
  const feeDetails = fee === 0 ? [] : [{ type: "stripe_fee", amount: fee }];
  return storedMovement(id, createdAt.toISOString(), amount, { availableAt: NOON, feeDetails, ...fields });
}

export function deposit(id: string, fields: Partial<Deposit> = {}): Deposit {
  const { amount = 0, createdAt = NOON } = fields;
  return payout(id, createdAt.toISOString(), amount, {
    status: "paid",
    arrivesAt: new Date("2025-11-18T00:00:00Z"),
    reconciliationStatus: "completed",
    ...fields,
  });
}

function paidOut(id: string, fields: Partial<StoredBalanceTransaction>): StoredBalanceTransaction {
  return movement(id, { ...fields, payoutId: "po_1" });
}

/** CA$350.00 of payments with fees of CA$28.55, a refund, a returned platform fee and a lost dispute: CA$187.45. */
const PAID_OUT: readonly StoredBalanceTransaction[] = [
  paidOut("txn_1", { amount: 10_000, fee: 820, createdAt: at("03"), stripePaymentId: "pi_1" }),
  paidOut("txn_2", { amount: 5_000, fee: 425, createdAt: at("04"), stripePaymentId: "pi_2" }),
  paidOut("txn_3", { amount: 20_000, fee: 1_610, createdAt: at("05"), stripePaymentId: "pi_3" }),
  paidOut("txn_4", {
    type: "refund",
    reportingCategory: "refund",
    amount: -2_000,
    createdAt: at("06"),
    stripePaymentId: "pi_2",
  }),
  paidOut("txn_5", {
    type: "adjustment",
    reportingCategory: "fee",
    amount: 100,
    createdAt: at("06"),
    stripePaymentId: "pi_2",
    description: "Application fee refund for ch_2",
  }),
  paidOut("txn_6", {
    type: "adjustment",
    reportingCategory: "dispute",
    amount: -10_000,
    fee: 1_500,
    createdAt: at("07"),
    stripePaymentId: "pi_1",
    source: "dp_1",
  }),
];

const OTHERS: readonly StoredBalanceTransaction[] = [
  movement("txn_7", { type: "payout", reportingCategory: "payout", amount: -18_745, source: "po_1" }),
  movement("txn_8", { amount: 3_000, fee: 267, createdAt: at("20"), stripePaymentId: "pi_4" }),
  movement("txn_9", {
    type: "stripe_fee",
    reportingCategory: "fee",
    amount: -200,
    createdAt: at("21"),
    description: "Active accounts billing",
  }),
];

const COMPOSITION = [
  { reportingCategory: "charge", count: 3, amount: 35_000, fee: 2_855, net: 32_145 },
  { reportingCategory: "fee", count: 1, amount: 100, fee: 0, net: 100 },
  { reportingCategory: "refund", count: 1, amount: -2_000, fee: 0, net: -2_000 },
  { reportingCategory: "dispute", count: 1, amount: -10_000, fee: 1_500, net: -11_500 },
];

/** The deposit of PAID_OUT. */
export const PO_1 = deposit("po_1", {
  amount: 18_745,
  composition: COMPOSITION,
  explained: { net: 18_745, difference: 0 },
  statementDescriptor: "WORKSHOPS",
});

export async function write(
  franchiseeId: string,
  { movements = [], deposits = [] }: { movements?: readonly StoredBalanceTransaction[]; deposits?: readonly Deposit[] },
): Promise<void> {
  const batch = database().batch();
  for (const one of movements) batch.set(balanceTransactionsRef(franchiseeId).doc(one.id), one);
  for (const one of deposits) batch.set(payoutsRef(franchiseeId).doc(one.id), one);
  await batch.commit();
}

/** After the deposit: a payment of which CA$27.33 is pending, and a fee of CA$2.00. */
export const BALANCE = {
  checkedAt: at("22"),
  currencies: { cad: { available: -200, pending: 2_733, recorded: 2_533, difference: 0 } },
  isExplained: true,
  unexplainedSince: null,
};

export async function writeBalance(franchiseeId: string, balance: object): Promise<void> {
  await franchiseeRef(franchiseeId).set({ balance }, { merge: true });
}

const CUSTOMERS = ["Ada", "Grace", "Zoë", "Mary"];

/** A franchisee with a month of payments and movements, a deposit, and the balance that they leave. */
export async function franchiseeWithDeposit(): Promise<string> {
  const franchiseeId = newFranchisee();
  for (const [index, name] of CUSTOMERS.entries()) {
    const record = observation({ stripePaymentId: `pi_${index + 1}`, name, workshopName: `Workshop of ${name}` });
    await apply(franchiseeId, record, { now: new Date(), defaults: DEFAULTS });
  }
  await write(franchiseeId, { movements: [...PAID_OUT, ...OTHERS], deposits: [PO_1] });
  await writeBalance(franchiseeId, BALANCE);
  return franchiseeId;
}

/** The texts of a table's cells, row by row, without its header. */
export async function rowsOf({ page }: Pick<Visit, "page">, name: string): Promise<string[][]> {
  const rows = page.getByRole("table", { name, exact: true }).locator("tbody tr");
  return rows.evaluateAll((all) =>
    all.map((row) => [...row.children].map(({ textContent }) => textContent.replaceAll("\u00A0", " "))),
  );
}
