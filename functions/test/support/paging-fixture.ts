import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { SyncReport } from "../../src/jobs/sync/report.ts";
import type { ConnectionOptions } from "../../src/stripe/client.ts";
import { newFranchisee } from "./api.ts";
import { database, transactionsOf } from "./database.ts";
import { connectTo, runSync } from "./stripe.ts";

/** In seconds. */
export const HOUR = 3_600;
export const now = Math.floor(Date.now() / 1000);

/** A franchisee with seven payments, which a sync reads in four pages. */
export class PagingFixture {
  readonly fake: FakeStripe;
  readonly franchiseeId = newFranchisee();
  readonly ids: string[];

  constructor(fake: FakeStripe) {
    this.fake = fake;
    this.ids = Array.from({ length: 7 }, (_none, index) => {
      const at = now - HOUR - index * 60;
      const spec = { account: this.franchiseeId, mode: "direct", amount: 1_000 } as const;
      return fake.books.pay({ ...spec, createdAt: at, chargedAt: at }).id;
    });
  }

  sync(options: Parameters<typeof runSync>[2] = {}, connection: Partial<ConnectionOptions> = {}): Promise<SyncReport> {
    return runSync(this.franchiseeId, connectTo(this.fake, connection), { pageSize: 2, ...options });
  }

  /** The ids of the stored payments. */
  async storedIds(): Promise<string[]> {
    const { docs } = await transactionsOf(this.franchiseeId).select().get();
    return docs.map(({ id }) => id).toSorted();
  }

  async syncState(): Promise<Record<string, unknown> | undefined> {
    return (await database().doc(`syncState/${this.franchiseeId}`).get()).data();
  }

  /** The error of the last sync, as the franchisee sees it. */
  async shownError(): Promise<unknown> {
    return (await database().doc(`franchisees/${this.franchiseeId}`).get()).get("sync.account.error.message");
  }
}
