import { type DocumentReference, type DocumentSnapshot, FieldPath } from "firebase-admin/firestore";
import { type ExceptionState, publicName } from "../domain/reconciliation-exception.ts";
import { balanceSchema } from "./balance-documents.ts";
import { type Entry, readEntry } from "./transaction-converter.ts";
import { operation, readAndCommit, ifUnchanged } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { allTransactions, franchiseesRef, transactionsRef } from "./refs.ts";
import { Path } from "./writes.ts";

/** Of all franchisees, newest payments first, page by page. Costs a read each. */
export async function* exceptions(state: ExceptionState): AsyncGenerator<Entry[]> {
  const query = allTransactions().where("exception", "==", state).orderBy("createdAt", "desc");
  for await (const docs of paginate(query, PAGE)) yield docs.map(readEntry);
}

const PAGE = 100;

/** A difference between the recorded movements of a franchisee and Stripe's balance, in minor units. */
export interface UnexplainedBalance {
  franchiseeId: string;
  currency: string;
  recorded: number;
  /** Available and pending. */
  stripe: number;
  difference: number;
  since: Date;
}

/** Of all franchisees. Costs a read per franchisee with one. */
export async function unexplainedBalances(): Promise<UnexplainedBalance[]> {
  const query = franchiseesRef().where("balance.isExplained", "==", false).orderBy(FieldPath.documentId());
  const all: UnexplainedBalance[] = [];
  for await (const docs of paginate(query, PAGE)) {
    for (const document of docs) {
      const { id: franchiseeId } = document;
      const { currencies, checkedAt, unexplainedSince } = balanceSchema.parse(document.get("balance"));
      const since = unexplainedSince ?? checkedAt;
      for (const [currency, { available, pending, recorded, difference }] of Object.entries(currencies)) {
        if (difference === 0) continue;
        all.push({ franchiseeId, currency, recorded, stripe: available + pending, difference, since });
      }
    }
  }
  return all;
}

/**
 * Transactions whose `resolution.by` shows franchisees an email address, as earlier versions stored it. Costs a read
 * per transaction.
 */
export async function* resolutionsWithAddress(): AsyncGenerator<DocumentReference[]> {
  const all = allTransactions().orderBy(FieldPath.documentId());
  for await (const docs of paginate(all, PAGE)) {
    yield docs.filter((snapshot) => snapshot.get(RESOLVER) !== publicResolver(snapshot)).map(({ ref }) => ref);
  }
}

/** Replaces the address; the revision keeps it. */
export async function hideAddressOfResolution(document: DocumentReference): Promise<void> {
  await operation((deadline) =>
    readAndCommit([document], deadline, (writes, [snapshot]) => {
      if (!snapshot) return;
      const shown = publicResolver(snapshot);
      if (shown !== snapshot.get(RESOLVER))
        writes.update(document, [[new Path("resolution", "by"), shown]], ifUnchanged(snapshot));
    }),
  );
}

const RESOLVER = new FieldPath("resolution", "by");

function publicResolver(snapshot: DocumentSnapshot): unknown {
  const by: unknown = snapshot.get(RESOLVER);
  return typeof by === "string" ? publicName(by) : by;
}

/** Costs a read per thousand. */
export async function countNegativePlatformFees(franchiseeId: string): Promise<number> {
  const losses = transactionsRef(franchiseeId).where("amount_platform_fee", "<", 0).count();
  return (await operation(() => losses.get())).data().count;
}
