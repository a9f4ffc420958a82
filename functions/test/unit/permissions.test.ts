import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closeDispute, dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { addEndpoints } from "../../testing/fake-stripe/webhook-endpoint.ts";
import { ROOT } from "../../tools/cli/paths.ts";
import { tryCalls } from "../../ops/doctor/permissions.ts";
import { openBalanceReader } from "../../src/stripe/balance-reader.ts";
import { openAccountReader } from "../../src/stripe/account-reader.ts";
import { connectedAccounts } from "../../src/stripe/connected-accounts.ts";
import {
  type Connection,
  isDisconnected,
  isInaccessible,
  isRejected,
  missingPermissions,
} from "../../src/stripe/client.ts";
import { retrieveEvent, undeliveredEvents } from "../../src/stripe/events.ts";
import { paymentsIn, readPayout } from "../../src/stripe/payouts.ts";
import {
  CALLS,
  type Caller,
  type Permission,
  PERMISSIONS,
  permissionsOf,
  requiredPermissions,
  SOURCES,
} from "../../src/stripe/permissions.ts";
import { affectedPayments } from "../../src/stripe/event-routing.ts";
import { eventsIn, readStored } from "../support/webhooks.ts";
import { ALL_TIME } from "../support/payment-fixture.ts";
import { connectTo, fakeStripes, unlistedCalls } from "../support/stripe.ts";

const startStripe = fakeStripes();

const ACCOUNT = "acct_1";
const KEY = "rk_test_restricted";
const required = requiredPermissions();
const READINGS = ["403", "bare id"] as const;

let fake: FakeStripe;

/** A Stripe with a payment of each charge mode, each refunded, disputed and paid out. */
beforeEach(async () => {
  fake = await startStripe();
  const order = { account: ACCOUNT, amount: 10_000, applicationFee: 500, stripeFee: 320 };
  for (const mode of ["direct", "destination"] as const) {
    const intent = fake.books.pay({ ...order, mode });
    refund(fake.books, intent, { amount: 1_000 });
    const disputed = fake.books.pay({ ...order, mode });
    closeDispute(fake.books, disputed, dispute(fake.books, disputed), "lost");
  }
  const transferred = fake.books.pay({ ...order, mode: "transfer", applicationFee: 0 });
  fake.books.addTransfer(transferred, 9_000);
  payOut(fake.books, ACCOUNT);
  addEndpoints(fake.books, "https://portal.example/api/stripe/webhook");
  fake.keys.set(KEY, required);
});

/** Everything the product does with Stripe. The doctor's check tries each listed call, too. */
const ACTIONS: Record<string, (connection: Connection) => Promise<unknown>> = {
  "the sync of the platform": (connection) => sync(connection, null),
  "the sync of an account": (connection) => sync(connection, ACCOUNT),
  "the balance of an account": readBalance,
  "the events of the platform": (connection) => events(connection, null),
  "the events of an account": (connection) => events(connection, ACCOUNT),
  "the list of connected accounts": connectedAccounts,
  "the doctor's look at the webhook endpoints": ({ request }) =>
    request((stripe) => stripe.webhookEndpoints.list({ limit: 100 })),
};

async function sync(connection: Connection, account: string | null): Promise<void> {
  const books = openAccountReader(connection, account);
  const { results, incomplete, failures } = await books.chargesPage(ALL_TIME, null);
  expect(failures).toEqual([]);
  const moved = await books.updatedPayments(ALL_TIME, ALL_TIME.to);
  expect(moved).toHaveLength(account === null ? 2 : 1);
  for (const id of [...incomplete, ...moved]) results.push((await books.payment(id)) ?? fail(id));
  expect(results.filter(({ kind }) => kind === "payment").length).toBeGreaterThan(2);
}

async function readBalance(connection: Connection): Promise<void> {
  const reader = openBalanceReader(connection, ACCOUNT);
  expect([...(await reader.balance()).keys()]).toEqual(["cad"]);
  const { movements } = await reader.page(null, null);
  for (const { balance } of movements) await reader.movement(balance.id);
  const { ids } = await reader.payouts(null);
  expect(ids).toHaveLength(1);
  for (const id of ids) for await (const page of reader.content(id)) expect(page.raw.length).toBeGreaterThan(5);
}

/** Makes the requests with which the product processes each event. */
async function events(connection: Connection, account: string | null): Promise<void> {
  const families = new Set<string>();
  const listed = new Set<string>();
  for await (const page of undeliveredEvents(connection, account, new Date(0)))
    page.forEach(({ id }) => listed.add(id));
  expect(listed.size).toBe(0);
  for (const { id, type, subject } of eventsIn(fake.books.objectsOf(account) ?? fail(account)).map(readStored)) {
    families.add(type.slice(0, type.lastIndexOf(".")));
    expect(await retrieveEvent(connection, account, id)).toMatchObject({ id });
    if (subject.kind !== "payout") {
      const concerned = await affectedPayments(connection, account, subject);
      if ("reason" in concerned) fail(concerned.reason);
      else
        for (const place of concerned)
          await openAccountReader(connection, place.chargedOn).payment(place.stripePaymentId);
      continue;
    }
    expect(await readPayout(connection, account ?? "", subject.payoutId)).toMatchObject({ isListed: true });
    const paid = new Set<string>();
    for await (const page of paymentsIn(connection, account ?? "", subject.payoutId)) {
      expect(page.unresolved).toEqual([]);
      for (const { stripePaymentId } of page.payments) paid.add(stripePaymentId);
    }
    // Those that were transferred as well.
    expect(paid.size).toBe(5);
  }
  expect([...families].toSorted()).toEqual(
    account === null
      ? ["application_fee", "charge", "charge.dispute", "payment_intent", "refund", "transfer"]
      : ["charge", "charge.dispute", "payment_intent", "payout", "refund"],
  );
}

function fail(what: unknown): never {
  throw new Error(String(what));
}

test.each(READINGS)(
  "a key with exactly these permissions can do everything, if an expansion without permission is a %s",
  async (reading) => {
    const permissionError = reading === "403" ? "more_permissions_required" : "no code";
    fake.books.behaviour = { ...fake.books.behaviour, unpermittedExpansion: reading, permissionError };
    const connection = connectTo(fake, { key: KEY });
    for (const act of Object.values(ACTIONS)) await act(connection);
    expect(await tryCalls(connection, ACCOUNT)).toEqual([]);
    expect(unlistedCalls(fake)).toEqual([]);
  },
);

const each = (["platform", "account"] as const).flatMap((caller) =>
  required[caller].flatMap((permission) => READINGS.map((reading) => ({ caller, permission, reading }))),
);

const without = (caller: Caller, permission: Permission) => ({
  ...required,
  [caller]: required[caller].filter((one) => one !== permission),
});

test.each(each)(
  "a key without $permission ($caller) fails visibly ($reading)",
  async ({ caller, permission, reading }) => {
    const permissionError = reading === "403" ? "more_permissions_required" : "no code";
    fake.books.behaviour = { ...fake.books.behaviour, unpermittedExpansion: reading, permissionError };
    fake.keys.set(KEY, without(caller, permission));
    const connection = connectTo(fake, { key: KEY });
    const failures: unknown[] = [];
    for (const act of Object.values(ACTIONS)) await act(connection).catch((error: unknown) => failures.push(error));
    // The platform is asked about transfers that an account shows as ids, so nothing is missing.
    const isResolved = reading === "bare id" && caller === "account" && permission === "rak_transfer_read";
    const visible = failures.map(String).filter((message) => /permission/.test(message));
    expect(visible.length > 0).toBe(!isResolved);
    for (const error of failures) {
      const names = missingPermissions(error);
      if (names) expect(names).toEqual([permission]);
      expect([isDisconnected(error), isInaccessible(error), isRejected(error)]).toEqual([false, false, false]);
    }
    const found = await tryCalls(connection, ACCOUNT);
    expect(found.map((one) => [one.caller, one.permissions])).toContainEqual([caller, [permission]]);
  },
);

test("a restricted key without any Connect permission is distinguished from an unreadable account", async () => {
  fake.keys.set(KEY, { ...required, account: [] });
  const read = (key: string, account: string) => openAccountReader(connectTo(fake, { key }), account).payment("pi_1");
  const lacking = await read(KEY, ACCOUNT).catch((error: unknown) => error);
  expect([missingPermissions(lacking), isInaccessible(lacking), isDisconnected(lacking)]).toEqual([[], false, false]);
  expect(String(lacking)).toBe("StripeRequestError: The portal's Stripe key lacks a permission.");
  fake.books.deauthorize(ACCOUNT);
  const gone = await read("sk_test_local", ACCOUNT).catch((error: unknown) => error);
  expect([missingPermissions(gone), isInaccessible(gone), isDisconnected(gone)]).toEqual([null, true, true]);
});

test("a call that is not listed is found", async () => {
  const other = await startStripe();
  const { request } = connectTo(other);
  await request((stripe) => stripe.charges.list({ expand: ["data.payment_intent"] }));
  await request((stripe) => stripe.transfers.list({}, { stripeAccount: ACCOUNT })).catch(() => undefined);
  const unlisted = unlistedCalls(other).map(({ path, caller }) => `${path} ${caller}`);
  expect(unlisted).toEqual(["/v1/transfers account"]);
  // Otherwise this file would fail.
  other.calls = () => [];
});

const page = readFileSync(join(ROOT, "docs/webhooks.md"), "utf8");

/** The cells of the rows that begin with a call. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `GET "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("docs/webhooks.md lists the calls, with the permissions and the source of each", () => {
  const CALLERS = { platform: "platform", account: "connected accounts" };
  expect(rows).toEqual(
    CALLS.map((call) => [
      `\`GET ${call.path}\``,
      call.callers.map((caller) => CALLERS[caller]).join(", "),
      call.expand.map((path) => `\`${path}\``).join(", "),
      permissionsOf(call)
        .map((name) => PERMISSIONS[name])
        .join(", "),
      call.sources.map((source) => `[${Object.keys(SOURCES).indexOf(source) + 1}]`).join(", "),
    ]),
  );
  const unwrapped = page.replaceAll("\n   ", " ");
  for (const [index, source] of Object.values(SOURCES).entries()) {
    expect(unwrapped).toContain(`${index + 1}. ${source}\n`);
  }
});

test("docs/webhooks.md names the permissions to select, by column of the dashboard", () => {
  const cells = [...page.matchAll(/^\| ([\w ]+?) +\| `(rak_\w+)` +\| (Read|) *\| (Read|) *\|$/gm)].map((row) =>
    row.slice(1),
  );
  const readOn = (caller: Caller, name: string) => (required[caller].some((one) => one === name) ? "Read" : "");
  expect(cells).toEqual(
    Object.entries(PERMISSIONS).map(([name, label]) => [
      label,
      name,
      readOn("platform", name),
      readOn("account", name),
    ]),
  );
});
