/** Recomputes the network's revenue from the stored transactions. It shares no code with the implementation. */
import { Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import type { CloseFixture } from "./close-fixture.ts";
import { dayIn } from "./oracle-totals.ts";

const transactionSchema = z.object({
  createdAt: z.instanceof(Timestamp),
  status: z.string().nullable(),
  currency: z.string(),
  amount_total: z.number(),
  amount_franchisee_net: z.number(),
  reconciliation: z.object({ status: z.string() }),
  stripe: z
    .object({ amountRefunded: z.number(), netAdjustment: z.object({ amount: z.number() }).nullable() })
    .nullable()
    .default(null),
});

/** Some figures by `<franchisee or network> <month> <currency> <figure>`, in minor units. */
export async function recountNetwork(
  fixtures: readonly Pick<CloseFixture, "id" | "transactions">[],
  timeZone: string,
): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const { id, transactions } of fixtures) {
    for (const document of (await transactions.get()).docs) {
      const one = transactionSchema.parse(document.data());
      if (one.status !== "succeeded" || one.reconciliation.status === "unrelated") continue;
      const month = dayIn(timeZone, one.createdAt.toDate()).replace(/-\d\d$/, "");
      const adjustment = one.stripe?.netAdjustment?.amount ?? 0;
      for (const [name, amount] of [
        ["gross", one.amount_total],
        ["net", one.amount_franchisee_net],
        ["netAdjustment", adjustment],
        ["earned", one.amount_franchisee_net + adjustment],
        ["refunded", one.stripe?.amountRefunded ?? 0],
      ] as const) {
        for (const whose of [id, "network"]) {
          const key = `${whose} ${month} ${one.currency} ${name}`;
          sums.set(key, (sums.get(key) ?? 0) + amount);
        }
      }
    }
  }
  return sums;
}
