import { type FakeStripe, startFakeStripe } from "../../dev/fake-stripe/server.ts";
import type { SyncReport } from "../../src/jobs/report.ts";
import { ledger } from "../../src/jobs/ledger.ts";
import type { Ledger, SyncOptions } from "../../src/jobs/parts.ts";
import { syncScope } from "../../src/jobs/sync.ts";
import { type Connection, connect, type ConnectionOptions } from "../../src/stripe/client.ts";
import { DEFAULTS } from "./records.ts";

// Log lines are for the operator; a test that is about them turns them on.
process.env["LOG_LEVEL"] = "ERROR";

/** A Stripe of this test file's own, closed when its tests are through. */
export async function ownStripe(): Promise<FakeStripe> {
  const fake = await startFakeStripe();
  fakes.push(fake);
  return fake;
}

const fakes: FakeStripe[] = [];
afterAll(() => Promise.all(fakes.map((fake) => fake.close())));

/** A connection that does not wait. */
export function connectTo(fake: FakeStripe, options: Partial<ConnectionOptions> = {}): Connection {
  return connect({ key: "sk_test_local", base: fake.url, paceMs: 0, backOffMs: 1, ...options });
}

/** Runs the sync of one scope as a task of this name. */
export async function runSync(
  scope: string,
  connection: Connection,
  options: Partial<SyncOptions> & { ledger?: Ledger } = {},
): Promise<SyncReport> {
  const parts = { ledger: options.ledger ?? ledger, connection, defaults: DEFAULTS };
  return syncScope(scope, parts, { owner: `task-${scope}`, ...options });
}
