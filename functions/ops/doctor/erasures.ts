import { unfinishedErasures } from "../../src/store/erasures.ts";
import { type Check, named } from "./check.ts";

/** An erasure may run for so long. */
const AT_IT_MS = 60 * 60_000;

/** Erasures that were interrupted, or left a payment. */
export const erasures: Check = {
  title: "erasures",
  run: async ({ target, now }) => {
    const unfinished = (await unfinishedErasures()).filter(
      ({ isInterrupted, startedAt }) => !isInterrupted || now.getTime() - startedAt.getTime() > AT_IT_MS,
    );
    const again = `npm run ops -- erase --email ADDRESS --by NAME --reason "why" ${target}`;
    const findings = unfinished.map(({ id, startedAt, isInterrupted, payments }) => {
      const problem = `The erasure ${id} of ${startedAt.toISOString()} is not finished`;
      if (isInterrupted) return { problem: `${problem}.`, remedy: `Run it again: ${again}` };
      const names = payments.map(({ franchiseeId, stripePaymentId }) => `${franchiseeId} ${stripePaymentId}`);
      return {
        problem: `${problem}: these payments cannot be read: ${named(names)}.`,
        remedy: `Correct or delete their documents, and run it again: ${again}`,
      };
    });
    return { findings };
  },
};
