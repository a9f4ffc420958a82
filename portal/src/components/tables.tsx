import type { Totals } from "../../../functions/src/domain/totals.ts";
import type { Revenue } from "../firestore/revenue.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";

/** An amount in each currency that there is, a line each. */
export function ByCurrency({ revenue, of }: { revenue: Revenue; of: (totals: Totals) => number }) {
  if (revenue.size === 0) return <>{TEXT.none}</>;
  return (
    <>
      {[...revenue].map(([currency, totals]) => (
        <span key={currency} class="line">
          {money(of(totals), currency)}
        </span>
      ))}
    </>
  );
}

/** At the end of a list of which `size` are asked for at the most, and never more than `all`. */
export function ShowMore(props: { found: number; size: number; all: number; onShow: () => void }) {
  const { found, size, all, onShow } = props;
  if (found < size) return null;
  if (size >= all) return <p class="list-end">The first {all} are shown, and no more.</p>;
  return (
    <p class="list-end">
      <button type="button" onClick={onShow}>
        {TEXT.showMore}
      </button>
    </p>
  );
}
