/** Orders observations of one source by content, not by arrival. */
import { canonicalJson, compareTexts } from "./canonical-json.ts";
import { timeOf } from "./projection.ts";
import { redactSnapshot, redactPersonalData } from "./erasure.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import { finality } from "./payment.ts";
import type { GoldenRecord } from "./golden-record.ts";

export interface SignedRecord {
  record: GoldenRecord;
  /** Null, for a legacy document, is older than any time. */
  sentAt: Date | null;
}

/**
 * Positive if `a` is newer, zero if both have the same content. A more final status is newer, then the later signature,
 * which has a resolution of seconds. Ties are decided by content, arbitrarily but consistently: personal data last, so
 * that an erasure does not change the order.
 */
export function compareGoldenRecords(a: SignedRecord, b: SignedRecord): number {
  const text = (record: GoldenRecord) => canonicalJson([redactPersonalData(record), record]);
  const content = compareTexts(text(a.record), text(b.record));
  if (content === 0) return 0;
  return finality(a.record.status) - finality(b.record.status) || timeOf(a.sentAt) - timeOf(b.sentAt) || content;
}

/** Positive or zero if `a` replaces `b`: snapshots are ordered by the time of their request. */
export function compareSnapshots(a: StripeSnapshot, b: StripeSnapshot): number {
  const text = (snapshot: StripeSnapshot) =>
    canonicalJson([redactSnapshot({ ...snapshot, payout: null }), snapshot.details]);
  return a.asOf.getTime() - b.asOf.getTime() || compareTexts(text(a), text(b));
}
