import type { Change, Difference, TruncatedList } from "./verify-closes.ts";

/** Explains the first day that differs. Amounts are in minor units. */
export function describe(franchiseeId: string, { close, was, now, ...found }: Difference): string[] {
  const { isExplained, gone, changed, rewritten } = found;
  const figures = differences({ ...was, transactionsHash: "" }, { ...now, transactionsHash: "" });
  const lines = figures.length > 0 ? figures : ["The figures are the same, but the payments differ."];
  lines.push(...changed.shown.flatMap(describeChange), ...remainder(changed, "changed"));
  if (isExplained) {
    if (rewritten.count > 0) lines.push(`${rewritten.count} more were written since, without a change.`);
  } else {
    lines.push("The day was changed outside the ledger.");
    if (gone > 0) lines.push(`Documents deleted or moved to another day: ${gone}.`);
    else if (changed.count + rewritten.count === 0) lines.push(NOT_WRITTEN);
    lines.push(...rewritten.shown.flatMap(describeChange), ...remainder(rewritten, "were written since"));
  }
  const title = `${franchiseeId} ${close.day} differs from its close (as of ${close.asOf.toISOString()}):`;
  return [title, ...lines.map((line) => `  ${line}`)];
}

const NOT_WRITTEN = "No document was written since: the close or the settings were changed.";

function describeChange({ stripePaymentId, was, now, revisions }: Change): string[] {
  const changes = was === null ? ["recorded after the close", ...paidBy(now)] : differences(was, now);
  if (changes.length === 0) changes.push("written since");
  const lines = revisions.map(({ revision, reason, replacedAt }) => {
    return `  revision ${revision}, ${replacedAt?.toISOString() ?? "time unknown"}: ${reason}`;
  });
  const isIncluded = was === null || revisions.length > 0;
  return [
    `${stripePaymentId}; ${changes.join("; ")}${isIncluded ? "" : ", without a revision that explains it"}`,
    ...lines,
  ];
}

function paidBy(line: Change["now"]): string[] {
  return "contribution" in line
    ? Object.entries(line.contribution).map(([currency, { gross }]) => `${gross} ${currency}`)
    : [];
}

function remainder({ count: all, shown }: TruncatedList<Change>, what: string): string[] {
  return all > shown.length ? [`${all - shown.length} more ${what}.`] : [];
}

export function count({ length }: readonly unknown[], what: string): string {
  return `${length} ${what}${length === 1 ? " is" : "s are"}`;
}

/** The fields that differ, such as `totals.cad.refunded 0, now 500`. */
function differences(was: object, now: object): string[] {
  const [before, after] = [new Map(leaves(was)), new Map(leaves(now))];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, current] = [before.get(name) ?? "nothing", after.get(name) ?? "nothing"];
    return old === current ? [] : [`${name} ${old}, now ${current}`];
  });
}

function* leaves(value: object, path: readonly string[] = []): Generator<[name: string, text: string]> {
  for (const [key, part] of Object.entries<unknown>({ ...value })) {
    const here = [...path, key];
    if (Array.isArray(part)) yield [here.join("."), part.join(" ") || "none"];
    else if (typeof part === "object" && part !== null) yield* leaves(part, here);
    else yield [here.join("."), String(part)];
  }
}
