/** What has become of the transactions of a close. */
import type { Transaction } from "../domain/transaction.ts";
import type { StoredClose } from "./closes.ts";
import { type Revision, revisionsBetween } from "./revisions.ts";
import { bookedAt, type ReadTime } from "./snapshot-reads.ts";

/** A transaction that a close covers, or that was booked on its day later. */
export interface ClosedTransaction {
  id: string;
  /** Null if it cannot be read. */
  current: Transaction | null;
  /** What has happened since the close; null if it was not written. */
  since: {
    /** Whether it was recorded after the close. */
    isNew: boolean;
    /** As it was when the day was closed, by its revisions; if there are none, as it is now. */
    before: Transaction | null;
    revisions: Revision[];
  } | null;
}

/**
 * In the order of the close, at one point in time. Costs a read per transaction, and one per revision of those that
 * were written since.
 */
export async function* closedTransactionsAt(
  at: ReadTime,
  franchiseeId: string,
  { close, at: closedAt }: StoredClose,
): AsyncGenerator<ClosedTransaction> {
  for await (const page of bookedAt(at, franchiseeId, close)) {
    for (const entry of page) {
      const { id, createTime, updateTime, ref } = entry.snapshot;
      const current = "transaction" in entry ? entry.transaction : null;
      if (updateTime.valueOf() <= closedAt.valueOf()) {
        yield { id, current, since: null };
        continue;
      }
      const revisions = await revisionsBetween(closedAt, at, ref);
      const isNew = createTime.valueOf() > closedAt.valueOf();
      yield { id, current, since: { isNew, before: revisions[0] ? revisions[0].before : current, revisions } };
    }
  }
}
