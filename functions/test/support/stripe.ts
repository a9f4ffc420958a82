import { type FakeStripe, type RecordedCall, startFakeStripe } from "../../testing/fake-stripe/server.ts";
import type { SyncReport } from "../../src/jobs/sync/report.ts";
import { type SyncStore, syncStore } from "../../src/store/sync-store.ts";
import type { SyncOptions } from "../../src/jobs/sync/sync-run.ts";
import { syncScope } from "../../src/jobs/sync/sync.ts";
import { type Connection, connect, type ConnectionOptions } from "../../src/stripe/client.ts";
import { UNLIMITED } from "../../src/stripe/request-rate.ts";
import { CALLS } from "../../src/stripe/permissions.ts";
import { DEFAULTS } from "./records.ts";

/** Starts a fake Stripe. */
export type StartStripe = () => Promise<FakeStripe>;

/**
 * Returns a function that starts a fake Stripe, which is closed after this file's tests. The file fails if the product
 * has made a request that `src/stripe/permissions.ts` does not list.
 */
export function fakeStripes(): StartStripe {
  const fakes: FakeStripe[] = [];
  afterAll(async () => {
    await Promise.all(fakes.map((fake) => fake.close()));
    expect(fakes.flatMap(unlistedCalls)).toEqual([]);
  });
  return async () => {
    const fake = await startFakeStripe();
    fakes.push(fake);
    return fake;
  };
}

/** The product's requests whose permissions are not listed. A test's own client has another name. */
export function unlistedCalls(fake: FakeStripe): RecordedCall[] {
  return fake.calls().filter(({ method, path, caller, expand, application }) => {
    if (application !== "portal-backend") return false;
    const listed = CALLS.filter((call) => call.path === path && call.callers.includes(caller));
    return (
      method !== "GET" ||
      !listed.some((call) => expand.every((one) => [...call.expand, ...(call.optional ?? [])].includes(one)))
    );
  });
}

/** A connection without pacing. */
export function connectTo(fake: FakeStripe, options: Partial<ConnectionOptions> = {}): Connection {
  return connect({ key: "sk_test_local", base: fake.url, rate: UNLIMITED, backOffMs: 1, ...options });
}

/** Runs the sync of one scope as a task of this name. */
export async function runSync(
  scope: string,
  connection: Connection,
  options: Partial<SyncOptions> & { store?: SyncStore } = {},
): Promise<SyncReport> {
  const dependencies = { store: options.store ?? syncStore, connection, defaults: DEFAULTS };
  return syncScope(scope, dependencies, { owner: `task-${scope}`, ...options });
}
