/** The orchestrator's records during the rehearsal of the migration: what it has posted, to either service. */
import type Stripe from "stripe";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { ServedFunction } from "../../tools/local/served-function.ts";
import { type ApiResponse, sendSigned, transactionsPath } from "./api.ts";
import type { TransactionData } from "./legacy-service.ts";
import { legacyExample } from "./records.ts";
import { expectTotals } from "./totals.ts";

/** The fields of every document of the legacy service, which its clients read. */
export const FLAT_FIELDS = [...Object.keys(legacyExample), "createdAt"];

/** The fees of each payment in cents: Stripe's, the platform's, and their sum. */
const PARTS = { amount_stripe_fee: 320, amount_platform_fee: 1_000 };
const FEES = 1_320;
const PART_FIELDS = ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"] as const;

/** Overrides for a record that has only the total. */
export const NO_PARTS = Object.fromEntries(PART_FIELDS.map((field) => [field, undefined]));

type PostedRecord = TransactionData & { stripePaymentId: string };

interface Entry {
  /** The record as posted last. */
  data: TransactionData;
  /** Whether the orchestrator posted it. */
  isPosted: boolean;
}

export class PostedRecords {
  readonly #fake: FakeStripe;
  readonly #franchiseeId: string;
  readonly #entries = new Map<string, Entry>();

  constructor(fake: FakeStripe, franchiseeId: string) {
    this.#fake = fake;
    this.#franchiseeId = franchiseeId;
  }

  /** Adds a payment of 100.00 in Stripe, this many days ago, and returns its golden record with these overrides. */
  pay(daysAgo: number, { fields = {}, isPosted = true }: { fields?: object; isPosted?: boolean } = {}): PostedRecord {
    const at = Math.floor(Date.now() / 1000 - daysAgo * 86_400 - 600);
    const { id } = this.#fake.books.pay({
      account: this.#franchiseeId,
      mode: "direct",
      amount: 10_000,
      stripeFee: PARTS.amount_stripe_fee,
      applicationFee: PARTS.amount_platform_fee,
      createdAt: at,
      chargedAt: at,
    });
    const data = this.#recordOf(this.intentOf(id), fields);
    if (isPosted) this.#entries.set(id, { data, isPosted });
    return data;
  }

  /** The complete golden record of this payment, whatever was posted before. */
  repost(index: number): PostedRecord {
    const data = this.#recordOf(this.intent(index));
    this.#entries.set(data.stripePaymentId, { data, isPosted: true });
    return data;
  }

  /** Notes a payment that a service has imported from Stripe. */
  noteImported(data: TransactionData): void {
    this.#entries.set(String(data["stripePaymentId"]), { data, isPosted: false });
  }

  posted(): TransactionData[] {
    return [...this.#entries.values()].flatMap(({ data, isPosted }) => (isPosted ? [data] : []));
  }

  inStripe(): readonly Stripe.PaymentIntent[] {
    return this.#fake.books.connect(this.#franchiseeId).payment_intent.newestFirst();
  }

  intent(index: number): Stripe.PaymentIntent {
    return this.intentOf([...this.#entries.keys()][index] ?? "");
  }

  intentOf(id: string): Stripe.PaymentIntent {
    const intent = this.inStripe().find((one) => one.id === id);
    if (!intent) throw new Error(`There is no payment "${id}".`);
    return intent;
  }

  #recordOf({ id, amount }: Stripe.PaymentIntent, fields: object = {}): PostedRecord {
    const amounts = { amount_total: amount, ...PARTS, amount_franchisee_net: amount - FEES };
    const given = Object.entries<unknown>({ ...legacyExample, ...amounts, ...fields });
    return { ...Object.fromEntries(given.filter(([, value]) => value !== undefined)), stripePaymentId: id };
  }

  /** Fails unless each payment is present once, with the amounts and the status that were posted. */
  expectPosted(documents: readonly Readonly<Record<string, unknown>>[]): void {
    const shown = new Map(documents.map((document) => [document["stripePaymentId"], document]));
    expect(documents).toHaveLength(shown.size);
    expect([...shown.keys()].toSorted()).toEqual([...this.#entries.keys()].toSorted());
    for (const [id, { data }] of this.#entries) {
      const given = expectedFields(data);
      const document = shown.get(id) ?? {};
      const same = Object.keys(given).map((field) => [
        field,
        field === "status" ? document[field] : Number(document[field]),
      ]);
      expect([id, Object.fromEntries(same)]).toEqual([id, given]);
    }
  }

  /** Fails unless the totals, in the database and over HTTP, are the sums of all payments. Each must have succeeded. */
  async expectTotals({ url }: ServedFunction, { refunded }: { refunded: number }): Promise<void> {
    const totals = [...this.#entries.values()].map(({ data }) => totalOf(data));
    const [count, gross] = [totals.length, totals.reduce((sum, total) => sum + total, 0)];
    const path = transactionsPath(this.#franchiseeId).replace("transactions", "revenue");
    const { body } = await sendSigned("GET", `${url}${path}`);
    const parts = { stripeFees: count * PARTS.amount_stripe_fee, platformFees: count * PARTS.amount_platform_fee };
    const cad = { count, gross, ...parts, net: gross - count * FEES, refunded };
    expect(body).toMatchObject({ success: true, totals: { cad } });
    await expectTotals(this.#franchiseeId);
  }
}

function totalOf(data: TransactionData): number {
  return Number("amount_total" in data ? data["amount_total"] : data["amount"]);
}

/** The expected values: 0 for a null total, and no expectation for fields that were not posted. */
function expectedFields(data: TransactionData): Record<string, unknown> {
  const { status = null } = data;
  const parts = PART_FIELDS.filter((field) => field in data).map((field) => [field, Number(data[field])] as const);
  return { amount_total: totalOf(data), ...Object.fromEntries(parts), ...(status !== null && { status }) };
}

export async function expectOutcome(response: Promise<ApiResponse>, outcome: string): Promise<void> {
  const { status, body } = await response;
  expect([status, body?.outcome]).toEqual([200, outcome]);
}
