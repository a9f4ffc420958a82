import { HEAD_OFFICE } from "../../src/domain/reconciliation-exception.ts";
import { countNegativePlatformFees, resolutionsWithAddress } from "../../src/store/exceptions.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { type Check, named } from "./check.ts";
import { summaries } from "./sync.ts";

/** Counts open exceptions, and finds addresses that franchisees must not read. Reads all payments. */
export const exceptions: Check = {
  title: "exceptions",
  run: async ({ target }) => {
    const open = (await summaries()).franchisees.filter(({ exceptions: { open: count } }) => count > 0);
    const notes: string[] = [];
    if (open.length > 0) {
      const each = open.map(({ franchiseeId, exceptions: { open: count } }) => `${franchiseeId} ${count}`);
      notes.push(`Open reconciliation exceptions: ${named(each)} (npm run ops -- exceptions list ${target}).`);
    }
    const negativeFees: string[] = [];
    for (const franchiseeId of await franchiseeIds()) {
      const count = await countNegativePlatformFees(franchiseeId);
      if (count > 0) negativeFees.push(`${franchiseeId} ${count}`);
    }
    if (negativeFees.length > 0) notes.push(`Payments with a negative platform fee: ${named(negativeFees)}.`);
    const exposed: string[] = [];
    for await (const documents of resolutionsWithAddress()) exposed.push(...documents.map(({ path }) => path));
    if (exposed.length === 0) return { findings: [], notes };
    const problem = `Franchisees can read the email address of the person who resolved an exception (resolution.by): ${named(exposed)}.`;
    const remedy = `npm run ops -- exceptions hide-addresses ${target} replaces it with "${HEAD_OFFICE}".`;
    return { findings: [{ problem, remedy }], notes };
  },
};
