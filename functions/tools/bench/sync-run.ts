// Runs one sync in its own process, to measure its memory: `ours`, `payments` (without the balance) or `naive`, scope,
// Stripe's URL, and how many hours from now. Prints JSON.
import { getFirestore } from "firebase-admin/firestore";
import { syncStore } from "../../src/store/sync-store.ts";
import { syncScope } from "../../src/jobs/sync/sync.ts";
import { namedApp } from "../../src/store/app.ts";
import { connect, type Connection } from "../../src/stripe/client.ts";
import { UNLIMITED } from "../../src/stripe/request-rate.ts";

const [variant, scope = "", base = "", hours = "0"] = process.argv.slice(2);
process.env["LOG_LEVEL"] = "ERROR";
const connection = connect({ key: "sk_test_bench", base: new URL(base), rate: UNLIMITED });
const start = performance.now();
const work =
  variant === "naive" ? await naive(connection, scope) : await ours(connection, scope, variant === "payments");
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cpu = (userCPUTime + systemCPUTime) / 1000;
console.log(JSON.stringify({ ...work, milliseconds: performance.now() - start, megabytes: maxRSS / 1000, cpu }));

/** A scan since a date leaves the balance out. */
async function ours(stripe: Connection, account: string, isPaymentsAlone: boolean) {
  const dependencies = {
    store: syncStore,
    connection: stripe,
    defaults: { currency: "cad", livemode: false, timeZone: "America/Vancouver", applicationId: null },
  };
  const { stripeCalls, firestoreReads, firestoreWrites } = await syncScope(account, dependencies, {
    owner: "bench",
    now: () => new Date(Date.now() + Number(hours) * 3_600_000),
    ...(isPaymentsAlone && { since: new Date(0) }),
  });
  return { stripeCalls, firestoreReads, firestoreWrites };
}

/** A naive sync: all charges in memory, and per charge a call for its fees and a set(). */
async function naive({ request, calls }: Connection, stripeAccount: string) {
  const projectId = process.env["FIRESTORE_PROJECT_ID"] ?? "";
  const transactions = getFirestore(namedApp("database", { projectId })).collection("naive");
  const charges = await request((stripe) =>
    stripe.charges.list({ limit: 100 }, { stripeAccount }).autoPagingToArray({ limit: 10_000 }),
  );
  for (const charge of charges) {
    const id = typeof charge.balance_transaction === "string" ? charge.balance_transaction : "";
    const { amount, fee, net } = await request((stripe) =>
      stripe.balanceTransactions.retrieve(id, {}, { stripeAccount }),
    );
    await transactions.doc(charge.id).set({ amount, fee, net, status: charge.status });
  }
  return { stripeCalls: calls(), firestoreReads: 0, firestoreWrites: charges.length };
}
