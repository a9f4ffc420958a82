import type { ComponentChildren } from "preact";
import type { CategoryTotal } from "../../../functions/src/domain/deposit.ts";
import { categoryText } from "../balance-messages.ts";
import { netOf } from "../firestore/balance.ts";
import { TEXT } from "../messages.ts";
import { money } from "../money.ts";
import { ColumnHeaders } from "./tables.tsx";

interface CategoryTableProps {
  title: string;
  totals: readonly CategoryTotal[];
  currency: string;
  /** The name of the row of sums. */
  sum: string;
  /** Header rows above the names of the columns. */
  head?: ComponentChildren;
  /** Rows before the categories, and after their sum. */
  before?: ComponentChildren;
  after?: ComponentChildren;
}

/** Movements by reporting category, and their sum. */
export function CategoryTable({ title, totals, currency, sum, head, before, after }: CategoryTableProps) {
  const sumOf = (of: (total: CategoryTotal) => number): number => totals.reduce((all, one) => all + of(one), 0);
  return (
    <table class="cards" aria-label={title}>
      <thead>
        {head}
        <tr>
          <ColumnHeaders names={[TEXT.category]} />
          <ColumnHeaders names={[TEXT.movements, TEXT.amount, TEXT.fees, TEXT.net]} isNumber />
        </tr>
      </thead>
      <tbody>
        {before}
        {totals.map(({ reportingCategory, count, amount, fee, net }) => (
          <CategoryRow
            key={reportingCategory}
            name={categoryText(reportingCategory)}
            count={count}
            amounts={[amount, -fee, net]}
            currency={currency}
          />
        ))}
        <CategoryRow
          name={sum}
          count={sumOf(({ count }) => count)}
          amounts={[sumOf(({ amount }) => amount), -sumOf(({ fee }) => fee), netOf(totals)]}
          currency={currency}
          isSum
        />
        {after}
      </tbody>
    </table>
  );
}

interface CategoryRowProps {
  name: string;
  count: number;
  amounts: readonly [amount: number, fees: number, net: number];
  currency: string;
  isSum?: boolean;
}

function CategoryRow({ name, count, amounts: [amount, fees, net], currency, isSum = false }: CategoryRowProps) {
  return (
    <tr class={isSum ? "sum" : ""}>
      <th scope="row" data-name={TEXT.category}>
        {name}
      </th>
      <td class="number" data-name={TEXT.movements}>
        {count}
      </td>
      <td class="number" data-name={TEXT.amount}>
        {money(amount, currency)}
      </td>
      <td class="number" data-name={TEXT.fees}>
        {money(fees, currency)}
      </td>
      <td class="number" data-name={TEXT.net}>
        {money(net, currency)}
      </td>
    </tr>
  );
}

/** A balance between other rows: only its last column has an amount. */
export function BalanceRow({ name, amount, currency }: { name: string; amount: number; currency: string }) {
  return (
    <tr class="sum">
      <th scope="row" colSpan={4} data-name={TEXT.category}>
        {name}
      </th>
      <td class="number" data-name={TEXT.net}>
        {money(amount, currency)}
      </td>
    </tr>
  );
}
