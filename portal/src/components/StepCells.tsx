import type { Totals } from "../../../functions/src/domain/totals.ts";
import { money } from "../money.ts";
import type { Step } from "../waterfall.ts";

/** The cells of a row from the number of payments and gross to earned. */
export function StepCells({ totals, steps, currency }: { totals: Totals; steps: readonly Step[]; currency: string }) {
  return (
    <>
      <td class="number">{totals.count}</td>
      {steps.map(({ name, of, isSum }) => (
        <td key={name} class={isSum === true ? "number total" : "number"}>
          {money(of(totals), currency)}
        </td>
      ))}
    </>
  );
}
