import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { log } from "../../src/log.ts";
import { newFranchisee } from "./api.ts";
import { database, transactionsOf } from "./database.ts";
import { connectTo, ownStripe, runSync } from "./stripe.ts";

/** In seconds. */
export const HOUR = 3_600;
export const now = Math.floor(Date.now() / 1000);

export let fake: FakeStripe;
export let franchiseeId: string;
export let ids: string[];

/** Seven payments, which are four pages. */
beforeEach(async () => {
  fake = await ownStripe();
  franchiseeId = newFranchisee();
  ids = Array.from({ length: 7 }, (_none, index) => {
    const at = now - HOUR - index * 60;
    return fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1_000, createdAt: at, chargedAt: at }).id;
  });
  jest.spyOn(log, "error").mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

export const sync = (options: Parameters<typeof runSync>[2] = {}, fast = {}) =>
  runSync(franchiseeId, connectTo(fake, fast), { pageSize: 2, ...options });
export const recorded = async () =>
  (await transactionsOf(franchiseeId).select().get()).docs.map(({ id }) => id).toSorted();
export const state = async () => (await database().doc(`syncState/${franchiseeId}`).get()).data();
export const told = async (): Promise<unknown> =>
  (await database().doc(`franchisees/${franchiseeId}`).get()).get("sync.account.error.message");
