import { unfinishedErasures } from "../../src/store/erasures.ts";
import { type Check, named } from "./check.ts";

/** The maximum duration of an erasure. */
const MAX_DURATION_MS = 60 * 60_000;

/** No erasure was interrupted or left a payment. */
export const erasures: Check = {
  title: "erasures",
  run: async ({ target, now }) => {
    const unfinished = (await unfinishedErasures()).filter(
      ({ isInterrupted, startedAt }) => !isInterrupted || now.getTime() - startedAt.getTime() > MAX_DURATION_MS,
    );
    const command = `npm run ops -- erase --email ADDRESS --by NAME --reason "why" ${target}`;
    const findings = unfinished.map(({ id, startedAt, isInterrupted, payments }) => {
      const problem = `The erasure ${id} of ${startedAt.toISOString()} is not finished`;
      if (isInterrupted) return { problem: `${problem}.`, remedy: `Rerun it: ${command}` };
      const names = payments.map(({ franchiseeId, stripePaymentId }) => `${franchiseeId} ${stripePaymentId}`);
      return {
        problem: `${problem}: these payments cannot be read: ${named(names)}.`,
        remedy: `Correct or delete their documents, then rerun it: ${command}`,
      };
    });
    return { findings };
  },
};
