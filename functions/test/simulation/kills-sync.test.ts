import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { FUNCTIONS } from "../../tools/cli/paths.ts";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee } from "../support/api.ts";
import { expectBalance } from "../support/balances.ts";
import { isolateDatabase, startDatabaseProxy, transactionsOf } from "../support/database.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { size } from "../support/size.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";
import { expectTotals } from "../support/totals.ts";

isolateDatabase();
const startStripe = fakeStripes();

const PAYMENTS = 5;
const HOUR = 3_600_000;
/** The calls of such a sync at which it is killed: state, lease, page, cursor and freshness. */
const CALLS = [
  { method: "BatchGetDocuments", n: 2, when: "after" },
  { method: "Commit", n: 1, when: "after" },
  { method: "Commit", n: 0, when: "after" },
  { method: "Commit", n: 1, when: "before" },
  { method: "Commit", n: 2, when: "before" },
  { method: "Commit", n: 2, when: "after" },
  { method: "Commit", n: 3, when: "before" },
  { method: "Commit", n: 4, when: "after" },
  { method: "BatchGetDocuments", n: 0, when: "before" },
  { method: "BatchGetDocuments", n: 1, when: "after" },
] as const;

let proxy: FirestoreProxy;
beforeAll(async () => {
  proxy = await startDatabaseProxy({ isBypassed: true });
});
afterEach(() => proxy.fault(null));
afterAll(() => proxy.close());

/** Kills the process at its n-th call of this method, which Firestore may execute. */
function killAt(child: ChildProcess, method: string, n: number, when: "before" | "after"): void {
  proxy.fault((called, index) => {
    if (called !== method || index !== n) return undefined;
    child.kill("SIGKILL");
    return { when, outcome: "cut" };
  });
}

test.each(CALLS.slice(0, size({ test: 1, soak: CALLS.length })))(
  "a sync that is killed $when call $n of $method leaves no locks and no partial changes",
  async ({ method, n, when }) => {
    const fake = await startStripe();
    const franchiseeId = newFranchisee();
    const longAgo = Math.floor(Date.now() / 1000) - 3_600;
    const order = { account: franchiseeId, mode: "direct", amount: 1_000, stripeFee: 59, applicationFee: 41 } as const;
    const intents = Array.from({ length: PAYMENTS }, () =>
      fake.books.pay({ ...order, createdAt: longAgo, chargedAt: longAgo }),
    );
    // Some exist already, so that the sync has something to read and to rewrite.
    for (const { id } of intents.slice(0, 2)) {
      await apply(franchiseeId, observation({ stripePaymentId: id }), { now: new Date(), defaults: DEFAULTS });
    }
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "test/support/sync-process.ts", franchiseeId, fake.url.href],
      { cwd: FUNCTIONS, env: process.env, stdio: "ignore" },
    );
    killAt(child, method, n, when);
    await once(child, "exit");
    proxy.fault(null);
    expect(child.signalCode).toBe("SIGKILL");

    // Writes to these payments succeed at once; otherwise this throws.
    const later = { now: new Date(), defaults: DEFAULTS };
    for (const { id } of intents) {
      await apply(franchiseeId, observation({ stripePaymentId: id, name: "Grace" }, Date.now() / 1000), later);
    }
    // The lease has expired by then.
    await runSync(franchiseeId, connectTo(fake), { owner: "next", now: () => new Date(Date.now() + HOUR) });
    const { docs } = await transactionsOf(franchiseeId).get();
    expect(docs.map((one) => [one.get("name"), one.get("reconciliation.status")] as unknown[])).toEqual(
      intents.map(() => ["Grace", "matched"]),
    );
    await expectTotals(franchiseeId);
    await expectBalance(fake.books, franchiseeId);
  },
);
