import { setTimeout as sleep } from "node:timers/promises";
import { Firestore } from "firebase-admin/firestore";
import { webhookLimits } from "../../src/config.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import { startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { subscribe } from "../../testing/subscription.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import { serveFunction } from "../local/served-function.ts";
import { benchBursts } from "./bursts.ts";
import { deliver, quantile, webhookSettings } from "./measure.ts";
import type { Report } from "./report.ts";

const WARM_UP = 200;
const MEASURED = 300;

/** Prevents that the rate of Stripe requests delays a webhook. */
const PAUSE_MS = 1_000 / webhookLimits.rate.perSecond;

const FRANCHISEE = "acct_bench";

/** The latency of a webhook alone, and many at once. */
export async function benchWebhook(report: Report): Promise<void> {
  await benchLatency(report);
  await benchBursts(report);
}

/** The latency from a webhook to a franchisee's snapshot under the rules, compared with that of a bare write. */
async function benchLatency(report: Report): Promise<void> {
  const emulator = await startFirestoreAlone({ hasRules: true });
  const { address } = emulator;
  const fake = await startFakeStripe();
  const { url, ...webhook } = await serveFunction("stripeWebhook", address, { env: webhookSettings(fake) });
  process.env["FIRESTORE_EMULATOR_HOST"] = address;
  const franchisee = new Firestore({ projectId: PROJECT_ID }).doc(`franchisees/${FRANCHISEE}`);
  await franchisee.set({});
  const subscription = await subscribe(address, FRANCHISEE);
  const { books } = fake;
  let sent: StoredEvent | undefined;
  books.onEvent = (event) => void (sent = event);

  const intent = books.pay({ account: FRANCHISEE, mode: "direct", amount: 10_000_000 });
  const partial = refund(books, intent, { amount: 1 });
  let refunded = 0;
  const byWebhook = async (): Promise<[toResponse: number, toSnapshot: number]> => {
    refunded += 1;
    // Reuses one refund, so that the list stays short.
    partial.amount = refunded;
    books.chargeOf(intent).amount_refunded = refunded;
    books.emit(books.specOf(intent), "charge.refunded", books.chargeOf(intent));
    if (!sent) throw new Error("Stripe sent no event.");
    const from = performance.now();
    const isShown = subscription.shows(intent.id, (get) => get("stripe.amountRefunded") === refunded);
    const [toResponse] = await Promise.all([deliver(url, sent).then(() => performance.now() - from), isShown]);
    return [toResponse, performance.now() - from];
  };
  let writes = 0;
  const bare = async (): Promise<number> => {
    const from = performance.now();
    writes += 1;
    const isShown = subscription.shows(intent.id, (get) => get("mark") === writes);
    await Promise.all([franchisee.collection("transactions").doc(intent.id).update({ mark: writes }), isShown]);
    return performance.now() - from;
  };

  for (let round = 0; round < WARM_UP; round += 1) await byWebhook();
  const responses: number[] = [];
  const snapshots: number[] = [];
  const bares: number[] = [];
  for (let round = 0; round < MEASURED; round += 1) {
    const [toResponse, toSnapshot] = await byWebhook();
    responses.push(toResponse);
    snapshots.push(toSnapshot);
    bares.push(await bare());
    await sleep(PAUSE_MS);
  }
  await subscription.close();
  await Promise.all([webhook.stop(), fake.close()]);
  await emulator.stop();

  const row = (name: string, sample: number[]): string[] => [
    name,
    ...[0.5, 0.95, 0.99].map((share) => quantile(sample, share).toFixed(1)),
  ];
  report.section(
    `Latency of a Stripe webhook, up to the snapshot of a franchisee's listener (${MEASURED} each, one at a time)`,
  );
  report.table([
    ["", "p50 ms", "p95 ms", "p99 ms"],
    row("a bare write, until the snapshot", bares),
    row("the webhook, until its response", responses),
    row("the webhook, until the snapshot", snapshots),
  ]);
}
