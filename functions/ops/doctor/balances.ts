import { type UnexplainedBalance, unexplainedBalances } from "../../src/store/exceptions.ts";
import { type Check, type Finding, LATE_MS, named } from "./check.ts";

/** The recorded movements add up to Stripe's balances. */
export const balances: Check = {
  title: "balances",
  run: async ({ target, now }) => {
    // One sync can miss a movement that Stripe lists late.
    const isLate = ({ since }: UnexplainedBalance): boolean => now.getTime() - since.getTime() >= LATE_MS;
    const all = await unexplainedBalances();
    const [late, recent] = [all.filter(isLate), all.filter((one) => !isLate(one))].map((part) =>
      part.map(({ franchiseeId, difference, currency }) => `${franchiseeId} ${difference} ${currency}`),
    );
    const findings: Finding[] = [];
    if (late && late.length > 0) {
      findings.push({
        problem: `The recorded movements do not add up to Stripe's balance (in minor units): ${named(late)}.`,
        remedy: `npm run ops -- balance verify ${target} names the movements (docs/operations.md, "Unexplained balance").`,
      });
    }
    const notes = recent && recent.length > 0 ? [`Unexplained balances, until the next sync: ${named(recent)}.`] : [];
    return { findings, notes };
  },
};
