import { balanceOf } from "../../testing/fake-stripe/balances.ts";
import { adjustBalance, billStripeFee, holdReserve } from "../../testing/fake-stripe/account-bookings.ts";
import { failPayout, payOut } from "../../testing/fake-stripe/payouts.ts";
import { dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { database, isolateDatabase } from "../support/database.ts";
import { DAY, HOUR, MINUTE, startTimeline, type Timeline } from "../support/timeline-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let timeline: Timeline;
beforeEach(async () => {
  timeline = await startTimeline(startStripe);
});

async function movements(): Promise<FirebaseFirestore.DocumentData[]> {
  const { docs } = await database().collection(`franchisees/${timeline.franchiseeId}/balanceTransactions`).get();
  return docs.map((document) => document.data());
}

async function payouts(): Promise<FirebaseFirestore.DocumentData[]> {
  const { docs } = await database()
    .collection(`franchisees/${timeline.franchiseeId}/payouts`)
    .orderBy("createdAt")
    .get();
  return docs.map((document) => document.data());
}

async function franchisee(): Promise<FirebaseFirestore.DocumentData | undefined> {
  return (await database().doc(`franchisees/${timeline.franchiseeId}`).get()).data();
}

test("every movement is stored with its payment and its payout, and the sum is Stripe's balance", async () => {
  const { fake } = timeline;
  const direct = timeline.after(10 * MINUTE).pay({ mode: "direct" });
  const destination = timeline.pay({ mode: "destination", applicationFee: 100 });
  refund(fake.books, direct, { amount: 300 });
  dispute(fake.books, timeline.pay({ mode: "direct" }));
  billStripeFee(fake.books, timeline.franchiseeId, { amount: 200, currency: "cad" });
  timeline.after(HOUR);
  const payout = payOut(fake.books, timeline.franchiseeId);
  timeline.after(MINUTE);
  holdReserve(fake.books, timeline.franchiseeId, { amount: 50, currency: "cad" });
  adjustBalance(fake.books, timeline.franchiseeId, { amount: 70, currency: "cad" });
  await timeline.after(MINUTE).sync();

  const stored = await movements();
  expect(stored).toHaveLength(fake.books.connect(timeline.franchiseeId).balance_transaction.newestFirst().length);
  const { available, pending } = balanceOf(fake.books, timeline.franchiseeId);
  const stated = [available, pending].map((all) => all.find(({ currency }) => currency === "cad")?.amount ?? 0);
  expect((await franchisee())?.["balance"]).toMatchObject({
    isExplained: true,
    currencies: { cad: { available: stated[0], pending: stated[1], recorded: 20, difference: 0 } },
  });
  const [deposit] = await payouts();
  expect(deposit).toMatchObject({
    id: payout.id,
    amount: payout.amount,
    kind: "automatic",
    explained: { net: payout.amount, difference: 0 },
    bank: { last4: "6789" },
  });
  expect(stored.filter((one) => one["payoutId"] === payout.id).length).toBe(
    (fake.books.paidOut.get(payout.id)?.size ?? 0) + 1,
  );
  for (const one of stored) expect(one["stripePaymentId"]).toBe(fake.books.bookedFor.get(String(one["id"])) ?? null);
  expect(stored.filter((one) => one["stripePaymentId"] === destination.id)).toHaveLength(1);
});

test("a run with nothing new asks for one page of movements and for the balance", async () => {
  timeline.after(10 * MINUTE).pay({ mode: "direct" });
  await timeline.after(HOUR).sync();
  await timeline.after(3 * HOUR).sync();
  const [, own] = await timeline.after(HOUR).sync();
  // Charges, disputes, events, movements, and the balance.
  expect(own).toMatchObject({
    stripeCalls: 5,
    firestoreWrites: 3,
    balance: { movements: 0, payouts: 0, isExplained: true },
  });
});

test("a failed payout puts its money back", async () => {
  const { fake, franchiseeId: account } = timeline;
  timeline.after(10 * MINUTE).pay({ mode: "direct" });
  timeline.after(HOUR);
  const payout = payOut(fake.books, account);
  await timeline.after(MINUTE).sync();
  timeline.after(DAY);
  failPayout(fake.books, account, payout);
  await timeline.after(3 * HOUR).sync();
  expect(await payouts()).toMatchObject([{ status: "failed", failure: { code: "account_closed" } }]);
  expect((await franchisee())?.["balance"]).toMatchObject({ isExplained: true });
});
