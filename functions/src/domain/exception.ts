/** A transaction that does not agree with Stripe is an exception: open until an operator has resolved it. Pure. */
import { canonical } from "./canonical.ts";
import type { Reconciliation } from "./reconciliation.ts";

/** - `open`: somebody has to look at it - `resolved`: somebody has, and `resolution` says why it may stay as it is */
export const EXCEPTION_STATES = ["open", "resolved"] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

/** In what a transaction differs from Stripe's books. */
export type Disagreement = Pick<Reconciliation, "status" | "differences">;

/** Why an operator let a disagreement stand. It is good for this one alone: whatever differs otherwise is open again. */
export interface Resolution extends Disagreement {
  reason: string;
  /** Who decided it, as they name themselves. */
  by: string;
  at: Date;
}

/** Whether a transaction is an exception; null where nothing is wrong, or it is too early to say. */
export function exceptionOf(reconciliation: Disagreement, resolution: Resolution | null): ExceptionState | null {
  if (reconciliation.status === "matched" || reconciliation.status === "expected") return null;
  return resolution && isSameDisagreement(reconciliation, resolution) ? "resolved" : "open";
}

export function isSameDisagreement(a: Disagreement, b: Disagreement): boolean {
  const told = ({ status, differences }: Disagreement) => canonical({ status, differences });
  return told(a) === told(b);
}
