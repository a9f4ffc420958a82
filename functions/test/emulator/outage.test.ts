import { startFirestoreAlone } from "../../dev/firestore-emulator.ts";
import { freePort } from "../../dev/ports.ts";
import { stopServices } from "../../dev/processes.ts";
import { serveFunction } from "../../dev/served-function.ts";
import { get, post, transactionsPath } from "../support/api.ts";
import { legacyExample } from "../support/records.ts";

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
