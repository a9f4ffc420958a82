import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { subscribe } from "../../testing/subscription.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { newFranchisee } from "../support/api.ts";
import { database } from "../support/database.ts";
import { fakeStripes } from "../support/stripe.ts";
import { deliver, eventOf, serveWebhook } from "../support/webhooks.ts";

const startStripe = fakeStripes();

afterAll(stopServices);

test("a franchisee's listener shows each change that Stripe's webhooks bring, as it arrives", async () => {
  const fake = await startStripe();
  const url = await serveWebhook(fake);
  const franchiseeId = newFranchisee();
  await database().doc(`franchisees/${franchiseeId}`).set({});
  const subscription = await subscribe(ADDRESS.firestore, franchiseeId);

  const intent = fake.books.pay({ account: franchiseeId, mode: "direct", amount: 10_000, settles: "late" });
  await deliver(url, eventOf(fake, franchiseeId, "charge.succeeded"));
  await subscription.shows(intent.id, (get) => {
    return get("reconciliation.status") === "missing_in_portal" && get("stripe.feesStatus") === "pending";
  });
  fake.books.settle(intent);
  await deliver(url, eventOf(fake, franchiseeId, "charge.updated"));
  await subscription.shows(intent.id, (get) => get("amount_stripe_fee") === 320);
  refund(fake.books, intent, { amount: 2_500 });
  await deliver(url, eventOf(fake, franchiseeId, "charge.refunded"));
  await subscription.shows(intent.id, (get) => get("stripe.amountRefunded") === 2_500);
  await subscription.close();
});
