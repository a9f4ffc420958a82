import { countLosses } from "../../src/store/exceptions.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { type Check, named } from "./check.ts";
import { summaries } from "./summaries.ts";

/** What is for head office to look at: nothing of it is a fault of the project's. */
export const exceptions: Check = {
  title: "exceptions",
  run: async ({ target }) => {
    const open = (await summaries()).franchisees.filter(({ exceptions: { open: count } }) => count > 0);
    const notes: string[] = [];
    if (open.length > 0) {
      const each = open.map(({ franchiseeId, exceptions: { open: count } }) => `${franchiseeId} ${count}`);
      notes.push(`Payments that do not agree with Stripe: ${named(each)} (npm run exceptions -- list ${target}).`);
    }
    const losses: string[] = [];
    for (const franchiseeId of await franchiseeIds()) {
      const count = await countLosses(franchiseeId);
      if (count > 0) losses.push(`${franchiseeId} ${count}`);
    }
    if (losses.length > 0) notes.push(`Payments that the platform pays on, its fee being negative: ${named(losses)}.`);
    return { findings: [], notes };
  },
};
