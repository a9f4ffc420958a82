import { startFirestoreAlone } from "../../tools/local/firestore-emulator.ts";
import { freePort } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { get, post, transactionsPath } from "../support/api.ts";
import { legacyExample } from "../support/records.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, eventOf, serveWebhook } from "../support/webhooks.ts";

const startStripe = fakeStripes();

afterAll(stopServices);

test("while Firestore is stopped the response is 503, and afterwards the same request succeeds", async () => {
  const firestorePort = await freePort();
  const address = `127.0.0.1:${firestorePort}`;
  const [firestore, fake] = await Promise.all([startFirestoreAlone({ port: firestorePort }), startStripe()]);
  const [api, webhook] = await Promise.all([serveFunction("api", address), serveWebhook(fake, address)]);
  const url = `${api.url}${transactionsPath("acct_1")}`;
  const first = { ...legacyExample, stripePaymentId: "pi_1" };
  const second = { ...legacyExample, stripePaymentId: "pi_2" };
  const { id } = fake.books.pay({ account: "acct_1", mode: "direct", amount: 1_000 });
  const event = eventOf(fake, "acct_1", "charge.succeeded");
  const other = { id: "evt_1", type: "customer.created", livemode: false, created: 1, data: { object: {} } };
  expect((await post(url, first)).body?.outcome).toBe("created");
  expect((await deliver(webhook, other)).body?.outcome).toBe("ignored");

  await firestore.stop();
  const [csv, revenue] = [`${url}?format=csv`, url.replace("transactions", "revenue")];
  const reads = [url, csv, revenue, `${api.url}/api/franchisees`].map((read) => get(read));
  const requests = [post(url, first), post(url, second), deliver(webhook, event), deliver(webhook, other)];
  for (const response of await Promise.all([...reads, ...requests])) {
    expect([response.status, response.headers.get("retry-after"), response.body?.error]).toEqual([
      503,
      "5",
      {
        code: "unavailable",
        message: "Database temporarily unavailable. Requests are idempotent; retry.",
        details: [],
      },
    ]);
  }

  await startFirestoreAlone({ port: firestorePort });
  expect((await post(url, second)).body?.outcome).toBe("created");
  expect((await deliver(webhook, event)).body?.outcome).toBe("done");
  expect((await get(url)).body).toMatchObject({
    count: 2,
    transactions: [{ stripePaymentId: "pi_2" }, { stripePaymentId: id }],
  });
});
