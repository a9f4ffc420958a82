import type { Transaction } from "../domain/transaction.ts";

/** A transaction as it is sent out: amounts in minor units, times in ISO 8601, without the ledger's own registers. */
export function serialize({
  golden: _golden,
  absentAsOf: _absentAsOf,
  redactions: _redactions,
  ...transaction
}: Transaction) {
  return transaction;
}
