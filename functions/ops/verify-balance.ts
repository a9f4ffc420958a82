import { type BalanceTransaction, PAYMENTS, type StoredBalanceTransaction } from "../src/domain/balance-transaction.ts";
import { canonicalJson } from "../src/domain/canonical-json.ts";
import { payoutUnitOf } from "../src/domain/currencies.ts";
import type { Deposit } from "../src/domain/deposit.ts";
import type { CheckedBalance } from "../src/store/balance-documents.ts";
import { readChecked } from "../src/store/balance-queries.ts";
import { everyDeposit, everyMovement } from "../src/store/balances.ts";
import {
  type BalanceReader,
  type Movement,
  openBalanceReader,
  type StatedBalance,
} from "../src/stripe/balance-reader.ts";
import type { Connection } from "../src/stripe/client.ts";
import { UnreadablePaymentError } from "../src/stripe/expansion.ts";
import { readPayout } from "../src/stripe/payouts.ts";

/** The comparison of one franchisee's movements with Stripe's. */
export interface BalanceAudit {
  franchiseeId: string;
  /** Stored. */
  movements: number;
  currencies: CheckedBalance["currencies"];
  /** What is wrong. */
  findings: string[];
  /** What the next sync will store. */
  notes: string[];
}

/** How often everything is read again because money moved in the meantime. */
const TRIES = 3;

/** Throws StripeRequestError, AppError `unavailable`. */
export async function verifyBalance(
  connection: Connection,
  franchiseeId: string,
  onProgress: (movements: number) => void = () => undefined,
): Promise<BalanceAudit> {
  const reader = openBalanceReader(connection, franchiseeId);
  for (let tries = 1; ; tries += 1) {
    const before = await reader.balance();
    const listed = await listAll(reader, onProgress);
    const payouts = await listPayouts(reader);
    const after = await reader.balance();
    if (isSame(before, after) || tries === TRIES) {
      return compare({ connection, reader }, franchiseeId, { listed, payouts, stated: after });
    }
  }
}

interface AtStripe {
  listed: ReadonlyMap<string, Movement>;
  payouts: readonly string[];
  stated: ReadonlyMap<string, StatedBalance>;
}

function isSame(a: ReadonlyMap<string, StatedBalance>, b: ReadonlyMap<string, StatedBalance>): boolean {
  return canonicalJson(Object.fromEntries(a)) === canonicalJson(Object.fromEntries(b));
}

async function listAll(reader: BalanceReader, onProgress: (movements: number) => void): Promise<Map<string, Movement>> {
  const listed = new Map<string, Movement>();
  let cursor: string | null = null;
  do {
    const page = await reader.page(null, cursor);
    for (const movement of page.movements) listed.set(movement.balance.id, movement);
    onProgress(listed.size);
    cursor = page.cursor;
  } while (cursor !== null);
  return listed;
}

async function listPayouts(reader: BalanceReader): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const { ids, hasMore } = await reader.payouts(all.at(-1) ?? null);
    all.push(...ids);
    if (!hasMore) return all;
  }
}

interface Source {
  connection: Connection;
  reader: BalanceReader;
}

async function compare(
  { connection, reader }: Source,
  franchiseeId: string,
  { listed, payouts, stated }: AtStripe,
): Promise<BalanceAudit> {
  const { checked } = await readChecked(franchiseeId);
  const audit: BalanceAudit = { franchiseeId, movements: 0, currencies: {}, findings: [], notes: [] };
  const recorded = new Map<string, number>();
  const missing = new Map(listed);
  for await (const page of everyMovement(franchiseeId)) {
    for (const { id, movement } of page) {
      audit.movements += 1;
      const atStripe = listed.get(id);
      missing.delete(id);
      if (!movement) audit.findings.push(`${id} cannot be read`);
      else if (movement.balanceType === PAYMENTS) {
        recorded.set(movement.currency, (recorded.get(movement.currency) ?? 0) + movement.net);
      }
      // A sync may have stored it since Stripe's were listed.
      if (!atStripe && (await reader.movement(id))) audit.notes.push(`${id} was stored in the meantime`);
      else if (!atStripe) audit.findings.push(`${id} is not at Stripe${movement ? `: ${described(movement)}` : ""}`);
      else if (movement) audit.findings.push(...differencesOf(movement, atStripe).map((text) => `${id}: ${text}`));
    }
  }
  const newPayouts = new Set<string>();
  for (const { balance } of missing.values()) {
    const text = `${balance.id} is missing: ${described(balance)}`;
    if (checked && balance.createdAt <= checked.checkedAt) audit.findings.push(text);
    else {
      audit.notes.push(`${text}; newer than the last sync`);
      if (balance.source !== null) newPayouts.add(balance.source);
    }
  }
  for (const currency of [...new Set([...stated.keys(), ...recorded.keys()])].toSorted()) {
    const { available, pending } = stated.get(currency) ?? { available: 0, pending: 0 };
    const net = recorded.get(currency) ?? 0;
    audit.currencies[currency] = { available, pending, recorded: net, difference: net - available - pending };
  }
  if (audit.notes.length === 0) {
    for (const [currency, { difference }] of Object.entries(audit.currencies)) {
      if (difference !== 0) audit.findings.push(`unexplained balance: ${difference} ${currency}`);
    }
  }
  await compareDeposits(connection, audit, payouts, { newPayouts, isNewer: checked === null });
  return audit;
}

/** Amounts in minor units. */
function described({ net, currency, reportingCategory, source, createdAt }: BalanceTransaction): string {
  return `${net} ${currency}, ${reportingCategory}${source === null ? "" : ` ${source}`}, ${createdAt.toISOString()}`;
}

const COMPARED = [
  "type",
  "reportingCategory",
  "balanceType",
  "currency",
  "amount",
  "fee",
  "net",
  "exchangeRate",
  "source",
] as const;

function differencesOf(stored: StoredBalanceTransaction, { balance }: Movement): string[] {
  const found = COMPARED.flatMap((field) =>
    stored[field] === balance[field] ? [] : [`${field} is ${stored[field]}, at Stripe ${balance[field]}`],
  );
  if (stored.createdAt.getTime() !== balance.createdAt.getTime()) {
    found.push(`createdAt is ${stored.createdAt.toISOString()}, at Stripe ${balance.createdAt.toISOString()}`);
  }
  if (canonicalJson(stored.feeDetails) !== canonicalJson(balance.feeDetails)) found.push("its fees differ");
  // Stripe does not tell each payment.
  if (balance.stripePaymentId !== null && stored.stripePaymentId !== balance.stripePaymentId) {
    found.push(`its payment is ${stored.stripePaymentId}, at Stripe ${balance.stripePaymentId}`);
  }
  return found;
}

async function compareDeposits(
  connection: Connection,
  audit: BalanceAudit,
  payouts: readonly string[],
  /** The sources of movements since the last sync; `isNewer`: there was none. */
  { newPayouts, isNewer }: { newPayouts: ReadonlySet<string>; isNewer: boolean },
): Promise<void> {
  const missing = new Set(payouts);
  for await (const page of everyDeposit(audit.franchiseeId)) {
    for (const { id, deposit } of page) {
      missing.delete(id);
      if (!deposit) {
        audit.findings.push(`the payout ${id} cannot be read`);
        continue;
      }
      audit.findings.push(...(await differencesOfDeposit(connection, audit.franchiseeId, deposit)));
      if (deposit.explained && Math.abs(deposit.explained.difference) >= payoutUnitOf(deposit.currency)) {
        const { net, difference } = deposit.explained;
        audit.findings.push(
          `the payout ${id} of ${deposit.amount} ${deposit.currency} contains ${net}: a difference of ${difference}`,
        );
      }
    }
  }
  for (const id of missing) {
    const isNew = isNewer || newPayouts.has(id);
    (isNew ? audit.notes : audit.findings).push(
      `the payout ${id} is missing${isNew ? "; newer than the last sync" : ""}`,
    );
  }
}

/** A status can be of the last sync; the next one reads it. */
async function differencesOfDeposit(connection: Connection, franchiseeId: string, stored: Deposit): Promise<string[]> {
  const { id } = stored;
  try {
    const found = await readPayout(connection, franchiseeId, id);
    if (!found) return [`the payout ${id} is not at Stripe`];
    return (["amount", "currency", "kind"] as const).flatMap((field) => {
      const [here, there] = [stored[field], found.deposit[field]];
      return here === there ? [] : [`the payout ${id}: ${field} is ${here}, at Stripe ${there}`];
    });
  } catch (error) {
    if (!(error instanceof UnreadablePaymentError)) throw error;
    return [error.message];
  }
}
