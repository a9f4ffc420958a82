import { money } from "../money.ts";
import type { Payment } from "../firestore/transaction.ts";
import { lacksStripeFee, TEXT } from "../messages.ts";

/** What became of the customer's money, as a bar and in words. A part that is negative cannot be drawn, and is told. */
export function Split({ payment }: { payment: Payment }) {
  const { total, currency, net, stripeFee, platformFee } = payment;
  const parts = [
    { kind: "net", name: TEXT.youGet, amount: net },
    { kind: "platform", name: TEXT.platformFee, amount: platformFee },
    { kind: "stripe", name: TEXT.stripeFee, amount: stripeFee },
  ];
  const share = (amount: number): number => (total > 0 ? Math.max(0, (100 * amount) / total) : 0);
  const told = parts.map(({ name, amount }) => `${name} ${money(amount, currency)}`).join(", ");
  let x = 0;
  return (
    <section class="part" aria-label={TEXT.split}>
      <h3>{TEXT.split}</h3>
      <svg
        class="split"
        role="img"
        aria-label={`Split of ${money(total, currency)}: ${told}`}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
      >
        {parts.map(({ kind, amount }) => {
          const width = share(amount);
          const from = x;
          x += width;
          return <rect key={kind} class={`split-${kind}`} x={from} y={0} width={width} height={8} />;
        })}
      </svg>
      <dl class="facts split-facts">
        {parts.map(({ kind, name, amount }) => (
          <div key={kind}>
            <dt class={`key key-${kind}`}>{name}</dt>
            <dd>
              {money(amount, currency)}
              {kind === "stripe" && lacksStripeFee(payment) ? <span class="note">{TEXT.feeNotStated}</span> : null}
              {total > 0 ? <span class="note">{((100 * amount) / total).toFixed(1)} %</span> : null}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
