import { depositStatusText, explanationText } from "../balance-messages.ts";
import { type Deposit, explanationOf } from "../firestore/balance.ts";
import { Badge } from "./badges.tsx";

export function DepositStatus({ deposit }: { deposit: Deposit }) {
  const { status, reversedByPayoutId } = deposit;
  const isBack = status === "failed" || reversedByPayoutId !== null;
  const kind = isBack ? "bad" : status === "paid" ? "good" : status === "canceled" ? "plain" : "open";
  return <Badge kind={kind}>{depositStatusText(deposit)}</Badge>;
}

/** Whether the deposit's content explains its amount. */
export function DepositExplanation({ deposit }: { deposit: Deposit }) {
  const text = explanationText(deposit);
  return explanationOf(deposit).state === "differs" ? <Badge kind="bad">{text}</Badge> : <>{text}</>;
}
