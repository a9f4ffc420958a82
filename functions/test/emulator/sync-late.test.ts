import "../support/own-database.ts";
import { closeDispute, dispute, refund } from "../../dev/fake-stripe/aftermath.ts";
import type { PaymentOrder } from "../../dev/fake-stripe/orders.ts";
import type { FakeStripe } from "../../dev/fake-stripe/server.ts";
import type { SyncReport } from "../../src/jobs/report.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { apply } from "../../src/store/apply.ts";
import { readTransaction } from "../../src/store/document.ts";
import { newFranchisee, newPayment } from "../support/api.ts";
import { database, revisionsOf, transactionsOf } from "../support/database.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { connectTo, ownStripe, runSync } from "../support/stripe.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A story in which time passes: Stripe's clock and the sync's are set to the same time. */
class Story {
  readonly fake: FakeStripe;
  readonly franchiseeId = newFranchisee();
  #now = Date.now();

  constructor(fake: FakeStripe) {
    this.fake = fake;
    fake.books.clock = () => Math.floor(this.#now / 1000);
    fake.books.connect(this.franchiseeId);
  }

  after(span: number): this {
    this.#now += span;
    return this;
  }

  order(fields: Partial<PaymentOrder> = {}) {
    const { franchiseeId: account } = this;
    return this.fake.books.order({
      account,
      mode: "direct",
      amount: 1_000,
      stripeFee: 59,
      applicationFee: 41,
      ...fields,
    });
  }

  pay(fields: Partial<PaymentOrder> = {}) {
    const intent = this.order(fields);
    this.fake.books.attempt(intent);
    return intent;
  }

  /** What the scheduler sets off: the platform, then the franchisee. */
  async sync(): Promise<SyncReport[]> {
    const options = { now: () => new Date(this.#now) };
    const connection = connectTo(this.fake);
    return [await runSync("platform", connection, options), await runSync(this.franchiseeId, connection, options)];
  }

  async golden(fields: object): Promise<void> {
    const context = { now: new Date(this.#now), defaults: DEFAULTS };
    await apply(this.franchiseeId, observation(fields, this.#now / 1000), context);
  }

  async transaction({ id }: { id: string }): Promise<Transaction | null> {
    const snapshot = await transactionsOf(this.franchiseeId).doc(id).get();
    return snapshot.exists ? readTransaction(snapshot) : null;
  }
}

let story: Story;
beforeEach(async () => {
  // Each story begins today, whenever the one before it ended.
  await database.doc("syncState/platform").delete();
  story = new Story(await ownStripe());
  await story.sync();
});

test("a payment that succeeds five days after it was begun is found by the next deep pass", async () => {
  const intent = story.after(10 * MINUTE).order();
  story.fake.books.attempt(intent, "processing");
  await story.after(HOUR).sync();
  expect(await story.transaction(intent)).toBeNull();
  story.after(5 * DAY).fake.books.attempt(intent);
  await story.after(HOUR).sync();
  expect(await story.transaction(intent)).toMatchObject({
    status: "succeeded",
    amount_franchisee_net: 900,
    createdAt: new Date(intent.created * 1000),
  });
});

test("the same, where the orchestrator told of its beginning: by the next run of all", async () => {
  const intent = story.after(10 * MINUTE).order();
  story.fake.books.attempt(intent, "processing");
  await story.golden({ stripePaymentId: intent.id, status: "processing" });
  await story.after(2 * HOUR).sync();
  expect(await story.transaction(intent)).toMatchObject({
    status: "processing",
    reconciliation: { status: "expected" },
  });
  story.after(20 * HOUR).fake.books.attempt(intent);
  const [, own] = await story.after(5 * MINUTE).sync();
  expect(own?.isDeep).toBe(false);
  expect(await story.transaction(intent)).toMatchObject({ status: "succeeded", reconciliation: { status: "matched" } });
});

test.each(["direct", "destination"] as const)(
  "fees of a %s charge that Stripe writes 50 minutes later",
  async (mode) => {
    const applicationFee = mode === "direct" ? 41 : 100;
    const intent = story.after(10 * MINUTE).pay({ mode, applicationFee, settles: "late" });
    await story.golden({ stripePaymentId: intent.id });
    await story.after(5 * MINUTE).sync();
    expect(await story.transaction(intent)).toMatchObject({
      amount_franchisee_net: 900,
      stripe: { feesStatus: "pending" },
      reconciliation: { status: "expected" },
    });
    story.after(45 * MINUTE).fake.books.settle(intent);
    await story.after(3 * HOUR).sync();
    expect(await story.transaction(intent)).toMatchObject({
      stripe: { feesStatus: "final" },
      reconciliation: { status: "matched", differences: [] },
    });
  },
);

test("a golden record that arrives after the sync takes over; the creation stays", async () => {
  const intent = story.after(10 * MINUTE).pay();
  await story.after(HOUR).sync();
  const before = await story.transaction(intent);
  expect(before).toMatchObject({ source: "stripe", reconciliation: { status: "missing_in_portal" } });
  await story.golden({ stripePaymentId: intent.id, name: "Ada", amount_franchisee_net: 901 });
  expect(await story.transaction(intent)).toMatchObject({
    source: "orchestrator",
    name: "Ada",
    amount_franchisee_net: 901,
    createdAt: before?.createdAt,
    reconciliation: {
      status: "mismatched",
      differences: [{ field: "amount_franchisee_net", recorded: 901, stripe: 900 }],
    },
  });
  expect(await revisionsOf(story.franchiseeId, intent.id)).toMatchObject([{ reason: "first golden record" }]);
});

test("a refund two months later, and a dispute that is lost", async () => {
  const intent = story.after(10 * MINUTE).pay();
  const disputed = story.pay({ mode: "destination", applicationFee: 100 });
  await story.after(HOUR).sync();
  await story.after(60 * DAY).sync();
  refund(story.fake.books, intent, { amount: 250 });
  const opened = dispute(story.fake.books, disputed);
  await story.after(2 * HOUR).sync();
  expect(await story.transaction(intent)).toMatchObject({ stripe: { amountRefunded: 250 }, amount_total: 1_000 });
  expect(await story.transaction(disputed)).toMatchObject({ stripe: { disputeStatus: "needs_response" } });

  closeDispute(story.fake.books, disputed, opened, "lost");
  await story.after(DAY).sync();
  expect(await story.transaction(disputed)).toMatchObject({ stripe: { disputeStatus: "lost" } });
});

test("separate transfers that come a week after the charge", async () => {
  const intent = story.after(10 * MINUTE).pay({ mode: "transfer" });
  const [platform] = await story.after(HOUR).sync();
  expect(platform?.skipped).toEqual({ "no transfer to a franchisee": 1 });
  story.after(7 * DAY).fake.books.addTransfer(intent, 900);
  await story.after(DAY).sync();
  expect(await story.transaction(intent)).toMatchObject({ amount_franchisee_net: 900, amount_platform_fee: 41 });
});

describe("a golden record that Stripe does not know", () => {
  const lost = { id: newPayment() };
  const status = async () => (await story.transaction(lost))?.reconciliation.status;
  beforeEach(() => story.golden({ stripePaymentId: lost.id }));

  it("is expected for a day, then missing, once, however often it is looked for", async () => {
    await story.after(23 * HOUR).sync();
    expect(await status()).toBe("expected");
    await story.after(2 * HOUR).sync();
    expect(await status()).toBe("missing_in_stripe");
    for (const span of [HOUR, DAY, DAY]) await story.after(span).sync();
    expect(await revisionsOf(story.franchiseeId, lost.id)).toMatchObject([
      { reason: "Stripe does not know this payment" },
    ]);
  });

  it("is missing where it is somebody else's payment", async () => {
    const other = story.fake.books.pay({ account: newFranchisee(), mode: "destination", amount: 1_000 });
    await story.golden({ stripePaymentId: other.id });
    await story.after(25 * HOUR).sync();
    expect((await story.transaction(other))?.reconciliation.status).toBe("missing_in_stripe");
  });

  it("is back when it appears", async () => {
    await story.after(25 * HOUR).sync();
    expect(await status()).toBe("missing_in_stripe");
    const late = story.order();
    const { books } = story.fake;
    Object.assign(late, { id: lost.id });
    books.adopt(late, {
      account: story.franchiseeId,
      mode: "direct",
      amount: 1_000,
      stripeFee: 59,
      applicationFee: 41,
    });
    books.attempt(late);
    await story.after(2 * HOUR).sync();
    expect(await story.transaction(lost)).toMatchObject({ absentAsOf: null, reconciliation: { status: "matched" } });
  });
});
