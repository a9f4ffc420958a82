import { startFirestoreAlone } from "../../dev/firestore-emulator.ts";
import { freePort } from "../../dev/ports.ts";
import { stopServices } from "../../dev/processes.ts";
import { serveFunction } from "../../dev/served-function.ts";
import { get, post, transactionsPath } from "../support/api.ts";
import { legacyExample } from "../support/records.ts";
import { ownStripe } from "../support/stripe.ts";
import { deliver, eventOf, serveWebhook } from "../support/webhooks.ts";

afterAll(stopServices);

test("while Firestore is stopped the answer is 503; once it is back, the same request succeeds", async () => {
  const firestorePort = await freePort();
  const firestore = await startFirestoreAlone(firestorePort);
  const api = await serveFunction("api", `127.0.0.1:${firestorePort}`);
  const url = `${api.url}${transactionsPath("acct_1")}`;
  const first = { ...legacyExample, stripePaymentId: "pi_1" };
  const second = { ...legacyExample, stripePaymentId: "pi_2" };
  expect((await post(url, first)).body?.outcome).toBe("created");

  await firestore.stop();
  for (const answer of await Promise.all([post(url, first), post(url, second), get(url)])) {
    expect([answer.status, answer.headers.get("retry-after"), answer.body?.error]).toEqual([
      503,
      "5",
      {
        code: "unavailable",
        message: "The database cannot be reached at the moment. Nothing is lost: send the same request again.",
        details: [],
      },
    ]);
  }

  await startFirestoreAlone(firestorePort);
  expect((await post(url, second)).body?.outcome).toBe("created");
  expect((await get(url)).body).toMatchObject({ count: 1, transactions: [{ stripePaymentId: "pi_2" }] });
}, 90_000);

test("while Firestore is stopped an event of Stripe's is a 503, of whatever type; redelivered, it succeeds", async () => {
  const firestorePort = await freePort();
  const firestore = await startFirestoreAlone(firestorePort);
  const fake = await ownStripe();
  const url = await serveWebhook(fake, `127.0.0.1:${firestorePort}`);
  const other = { id: "evt_1", type: "customer.created", livemode: false, created: 1, data: { object: {} } };
  expect((await deliver(url, other)).status).toBe(200);
  fake.books.pay({ account: "acct_1", mode: "direct", amount: 1_000 });
  const event = eventOf(fake, "acct_1", "charge.succeeded");

  await firestore.stop();
  for (const answer of await Promise.all([deliver(url, event), deliver(url, other)])) {
    expect([answer.status, answer.headers.get("retry-after"), answer.body?.error?.code]).toEqual([
      503,
      "5",
      "unavailable",
    ]);
  }
  await startFirestoreAlone(firestorePort);
  expect((await deliver(url, event)).body).toMatchObject({ outcome: "quarantined" });
  expect((await deliver(url, other)).status).toBe(200);
}, 90_000);
