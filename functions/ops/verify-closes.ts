/** Verifies a franchisee's hash chain, and compares each close with its transactions. */
import { recordDefaults } from "../src/config.ts";
import { canonicalJson } from "../src/domain/canonical-json.ts";
import {
  type Close,
  verifyChain,
  type CloseLine,
  closeLine,
  formatOf,
  MAX_NAMED,
  type Tally,
  CloseAccumulator,
  tallyOf,
} from "../src/domain/close.ts";
import { tallyAt } from "../src/jobs/close/daily-close.ts";
import { closedTransactionsAt } from "../src/store/closed-transactions.ts";
import { closesAt, type StoredClose } from "../src/store/closes.ts";
import { type ReadTime, currentReadTime } from "../src/store/snapshot-reads.ts";
import type { Revision } from "../src/store/revisions.ts";

export interface Verdict {
  days: number;
  first: Close | null;
  /** Its hash covers all closes. */
  last: Close | null;
  flaws: TruncatedList<string>;
  /** Days that differ from their close. */
  differing: string[];
  /** The difference of the first such day. */
  difference: Difference | null;
}

export interface Difference {
  close: Close;
  was: Tally;
  now: Tally;
  /** Whether the ledger's changes since the close explain the difference. */
  isExplained: boolean;
  /** The number of closed documents that no longer exist. */
  gone: number;
  /** Payments recorded after the close, or changed since. */
  changed: TruncatedList<Change>;
  /** Payments written since the close without a change. */
  rewritten: TruncatedList<Change>;
}

export interface Change {
  stripePaymentId: string;
  /** Null if recorded after the close. */
  was: CloseLine | { id: string } | null;
  now: CloseLine | { id: string };
  revisions: Revision[];
}

export class TruncatedList<T> {
  readonly shown: T[] = [];
  count = 0;

  add(item: T): void {
    this.count += 1;
    if (this.count <= MAX_NAMED) this.shown.push(item);
  }
}

/** Reads at one point in time. Throws AppError `unavailable`. */
export async function verifyCloses(franchiseeId: string, onDay: (day: string) => void): Promise<Verdict> {
  const at = await currentReadTime();
  const verdict: Verdict = {
    days: 0,
    first: null,
    last: null,
    flaws: new TruncatedList(),
    differing: [],
    difference: null,
  };
  for await (const page of closesAt(at, franchiseeId)) {
    for (const entry of page) {
      verdict.days += 1;
      if ("unreadable" in entry) {
        verdict.flaws.add(entry.unreadable);
        continue;
      }
      const { close } = entry;
      for (const flaw of verifyChain(close, franchiseeId, verdict.last))
        verdict.flaws.add(`The close of ${entry.id} ${flaw}.`);
      const now = await tallyAt(at, franchiseeId, close, formatOf(close));
      if (!isSame(now, close)) {
        verdict.differing.push(close.day);
        verdict.difference ??= await explain(at, franchiseeId, entry, now);
      }
      verdict.first ??= close;
      verdict.last = close;
      onDay(close.day);
    }
  }
  return verdict;
}

function isSame(a: Tally, b: Tally): boolean {
  return canonicalJson(tallyOf(a)) === canonicalJson(tallyOf(b));
}

/** Undoes the ledger's changes since the close. If the result still differs, the day was changed outside the ledger. */
async function explain(at: ReadTime, franchiseeId: string, closed: StoredClose, now: Tally): Promise<Difference> {
  const { close } = closed;
  const format = formatOf(close);
  const undone = new CloseAccumulator(recordDefaults(), format);
  const [changed, rewritten] = [new TruncatedList<Change>(), new TruncatedList<Change>()];
  for await (const { id, current, since } of closedTransactionsAt(at, franchiseeId, closed)) {
    if (!since) {
      undone.add(id, current);
      continue;
    }
    const { isNew, before: old, revisions } = since;
    if (!isNew) undone.add(id, old);
    const change = {
      stripePaymentId: id,
      was: isNew ? null : closeLine(id, old, recordDefaults(), format),
      now: closeLine(id, current, recordDefaults(), format),
      revisions,
    };
    const isChange = change.was === null || canonicalJson(change.was) !== canonicalJson(change.now);
    (isChange ? changed : rewritten).add(change);
  }
  const before = undone.result();
  const isExplained = isSame(before, close);
  const gone = close.transactions - before.transactions;
  return { close, was: tallyOf(close), now, isExplained, gone, changed, rewritten };
}
