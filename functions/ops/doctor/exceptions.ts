import { HEAD_OFFICE } from "../../src/domain/reconciliation-exception.ts";
import { countNegativePlatformFees, resolutionsWithAddress } from "../../src/store/exceptions.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { type Check, named } from "./check.ts";
import { summaries } from "./sync.ts";

/** Counts what head office has to resolve, and finds addresses that franchisees must not read. Reads all payments. */
export const exceptions: Check = {
  title: "exceptions",
  run: async ({ target }) => {
    const open = (await summaries()).franchisees.filter(({ exceptions: { open: count } }) => count > 0);
    const notes: string[] = [];
    if (open.length > 0) {
      const each = open.map(({ franchiseeId, exceptions: { open: count } }) => `${franchiseeId} ${count}`);
      notes.push(`Payments that do not agree with Stripe: ${named(each)} (npm run ops -- exceptions list ${target}).`);
    }
    const losses: string[] = [];
    for (const franchiseeId of await franchiseeIds()) {
      const count = await countNegativePlatformFees(franchiseeId);
      if (count > 0) losses.push(`${franchiseeId} ${count}`);
    }
    if (losses.length > 0) notes.push(`Payments that the platform pays on, its fee being negative: ${named(losses)}.`);
    const telling: string[] = [];
    for await (const documents of resolutionsWithAddress()) telling.push(...documents.map(({ path }) => path));
    if (telling.length === 0) return { findings: [], notes };
    const problem = `Franchisees can read the email address of who resolved an exception (resolution.by): ${named(telling)}.`;
    const remedy = `npm run ops -- exceptions hide-addresses ${target} puts "${HEAD_OFFICE}" in its place.`;
    return { findings: [{ problem, remedy }], notes };
  },
};
