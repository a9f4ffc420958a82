import { type FranchiseeSummary, listFranchisees } from "../../src/store/revenue-queries.ts";

/** All franchisees, and what is wrong with those that cannot be read. */
export async function summaries(): Promise<{ franchisees: FranchiseeSummary[]; unreadable: string[] }> {
  const franchisees: FranchiseeSummary[] = [];
  const unreadable: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listFranchisees({ by: "id" }, { limit: 200, cursor });
    franchisees.push(...page.franchisees);
    unreadable.push(...page.unreadable);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { franchisees, unreadable };
}
