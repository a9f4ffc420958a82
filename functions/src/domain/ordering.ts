/** Orders observations of one source by content, not by arrival. */
import { canonicalJson, compareTexts } from "./canonical-json.ts";
import { timeOf } from "./projection.ts";
import { redactSnapshot, redactPersonalData } from "./erasure.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import { finality } from "./payment.ts";
import type { GoldenRecord } from "./golden-record.ts";

/** A golden record, and when it was signed. */
export interface SignedRecord {
  record: GoldenRecord;
  /** Null, for a document of the legacy service, is older than any time. */
  sentAt: Date | null;
}

/**
 * Positive if `a` is newer, zero if both have the same content. A more final status is newer, then the later signature.
 * Signatures have a resolution of seconds: for equal ones the content decides, arbitrarily but everywhere alike, and
 * personal data last, so that the order is the same after an erasure.
 */
export function compareGoldenRecords(a: SignedRecord, b: SignedRecord): number {
  const text = (record: GoldenRecord) => canonicalJson([redactPersonalData(record), record]);
  const content = compareTexts(text(a.record), text(b.record));
  if (content === 0) return 0;
  return finality(a.record.status) - finality(b.record.status) || timeOf(a.sentAt) - timeOf(b.sentAt) || content;
}

/** Positive or zero if `a` replaces `b`: snapshots are ordered by when they were read. */
export function compareSnapshots(a: StripeSnapshot, b: StripeSnapshot): number {
  const text = (snapshot: StripeSnapshot) =>
    canonicalJson([redactSnapshot({ ...snapshot, payout: null }), snapshot.details]);
  return a.asOf.getTime() - b.asOf.getTime() || compareTexts(text(a), text(b));
}
