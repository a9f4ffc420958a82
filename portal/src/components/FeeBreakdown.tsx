import type { Transaction } from "../firestore/transaction.ts";
import { lacksStripeFee, shareText, TEXT } from "../messages.ts";
import { money } from "../money.ts";
import type { SignedIn } from "../session.ts";
import { Section } from "./headings.tsx";

/** How the customer's payment is split, as a bar and in words. The bar omits negative parts. */
export function FeeBreakdown({ session, transaction }: { session: SignedIn; transaction: Transaction }) {
  const { amount_total, currency } = transaction;
  const parts = [
    { kind: "net", name: shareText(session.grants).net, amount: transaction.amount_franchisee_net },
    { kind: "platform", name: TEXT.platformFee, amount: transaction.amount_platform_fee },
    { kind: "stripe", name: TEXT.stripeFee, amount: transaction.amount_stripe_fee },
  ];
  const percentage = (amount: number): number => (100 * amount) / amount_total;
  const description = parts.map(({ name, amount }) => `${name} ${money(amount, currency)}`).join(", ");
  let x = 0;
  return (
    <Section title={TEXT.breakdown}>
      <svg
        class="breakdown"
        role="img"
        aria-label={`Breakdown of ${money(amount_total, currency)}: ${description}`}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
      >
        {parts.map(({ kind, amount }) => {
          const width = amount_total > 0 ? Math.max(0, percentage(amount)) : 0;
          const start = x;
          x += width;
          return <rect key={kind} class={`breakdown-${kind}`} x={start} y={0} width={width} height={8} />;
        })}
      </svg>
      <dl class="facts breakdown-facts">
        {parts.map(({ kind, name, amount }) => (
          <div key={kind}>
            <dt class={`key key-${kind}`}>{name}</dt>
            <dd>
              {money(amount, currency)}
              {kind === "stripe" && lacksStripeFee(transaction) ? <span class="note">{TEXT.feeNotStated}</span> : null}
              {amount_total > 0 ? <span class="note">{percentage(amount).toFixed(1)}%</span> : null}
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
