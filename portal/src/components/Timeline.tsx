import type { Transaction } from "../firestore/transaction.ts";
import { TEXT } from "../messages.ts";
import { TIME_ZONE } from "../settings.ts";
import { arrivalDate, dateAndTime } from "../time.ts";
import { type Happening, timelineOf } from "../timeline.ts";
import { Section } from "./headings.tsx";
import { Time } from "./Time.tsx";
import { useNow } from "./use-now.ts";

/** What happened to a payment, oldest first, and whether it is in a deposit. */
export function Timeline({ transaction }: { transaction: Transaction }) {
  const now = useNow();
  return (
    <Section title={TEXT.timeline}>
      <ol class="movements">
        {timelineOf(transaction).map((happening) => (
          <Entry key={happening.id} happening={happening} now={now} />
        ))}
      </ol>
      {transaction.stripe?.payout || transaction.status !== "succeeded" ? null : <p>{TEXT.notDeposited}</p>}
    </Section>
  );
}

function Entry({ happening, now }: { happening: Happening; now: Date }) {
  const { at, isDay, title, amount, details, respondBy, href } = happening;
  return (
    <li>
      <strong>{href === undefined ? title : <a href={href}>{title}</a>}</strong>
      {amount === null ? null : <strong class="amount">{amount}</strong>}
      <span class="when">{isDay === true ? at && arrivalDate(at) : <Time at={at} />}</span>
      {details.length === 0 ? null : <span class="line">{details.join(" · ")}</span>}
      {respondBy ? (
        <strong class="line">
          {`${respondBy < now ? TEXT.wasDue : TEXT.respondBy} ${dateAndTime(respondBy, TIME_ZONE)}`}
        </strong>
      ) : null}
    </li>
  );
}
