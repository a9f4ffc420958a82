/** Which of two things that one source said is the newer one, by what they say, and not by which came first. Pure. */
import { canonical, compareTexts } from "./canonical-json.ts";
import { timeOf } from "./projection.ts";
import { redactSnapshot, redactPersonalData } from "./erasure.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import { finality } from "./payment.ts";
import type { GoldenRecord } from "./golden-record.ts";

/** A golden record, and when it was signed. */
export interface News {
  record: GoldenRecord;
  /** Null, for a document of the legacy service, is older than any time. */
  sentAt: Date | null;
}

/**
 * Positive when `a` is newer, zero when they say the same, whenever they were signed. A more final status is newer, then the
 * later signature. Signatures count in seconds, so two records can carry the same: then their content decides, arbitrarily but
 * everywhere alike, and who pays last of all: once that is erased, the order is what it was.
 */
export function compareNews(a: News, b: News): number {
  const told = (record: GoldenRecord) => canonical([redactPersonalData(record), record]);
  const content = compareTexts(told(a.record), told(b.record));
  if (content === 0) return 0;
  return finality(a.record.status) - finality(b.record.status) || timeOf(a.sentAt) - timeOf(b.sentAt) || content;
}

/** Positive or zero when `a` is to replace `b`: Stripe's books have no say in their order but when they were read. */
export function compareFacts(a: StripeSnapshot, b: StripeSnapshot): number {
  const read = (facts: StripeSnapshot) => canonical([redactSnapshot({ ...facts, payout: null }), facts.details]);
  return a.asOf.getTime() - b.asOf.getTime() || compareTexts(read(a), read(b));
}
