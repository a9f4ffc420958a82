import { Timestamp } from "firebase-admin/firestore";
import { billStripeFee } from "../../testing/fake-stripe/account-bookings.ts";
import { FakeBooks } from "../../testing/fake-stripe/books.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { refundFee } from "../../testing/fake-stripe/reversals.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { type StoredAccount, wrongBalances } from "../support/oracle-balances.ts";

// That the oracle of a balance finds what is wrong. The right documents are written by hand.

const ACCOUNT = "acct_1";
const TIME_ZONE = "America/Vancouver";
/** Still October in Vancouver. */
const START = Date.parse("2026-11-01T02:00:00Z") / 1000;
const LATER = START + 86_400;

type Json = Record<string, unknown>;

interface Story {
  books: FakeBooks;
  /** Of the first payment: the charge, its refund, and its refunded application fee. */
  ids: Record<"payment" | "charge" | "refund" | "feeRefund" | "fee" | "out" | "second" | "manualOut", string>;
  source: Record<"charge" | "refund" | "second", string>;
  payments: [string, string];
  payouts: [string, string];
}

/**
 * 100.00 with fees of 3.20 and 10.00, of which 10.00 are refunded, and 2.00 of the application fee; a fee of 0.47; all
 * that is paid out. Then 50.00 with fees of 1.75 and 5.00, of which 20.00 are paid out by hand.
 */
function play(): Story {
  const books = new FakeBooks();
  let now = START;
  books.clock = () => now;
  books.behaviour = { ...books.behaviour, feeRefund: "adjustment alone" };
  const order = { account: ACCOUNT, mode: "direct" } as const;
  const first = books.pay({ ...order, amount: 10_000, stripeFee: 320, applicationFee: 1_000 });
  const given = refund(books, first, { amount: 1_000 });
  refundFee(books, first, 200);
  now = LATER;
  const fee = billStripeFee(books, ACCOUNT, { amount: 47, currency: "cad" });
  const automatic = payOut(books, ACCOUNT);
  const second = books.pay({ ...order, amount: 5_000, stripeFee: 175, applicationFee: 500 });
  const manual = payOut(books, ACCOUNT, { automatic: false, amount: 2_000 });
  const all = books.connect(ACCOUNT).balance_transaction.newestFirst();
  const charges = [first, second].map((intent) => books.chargeOf(intent));
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    books,
    ids: {
      payment: first.id,
      charge: text(charges[0]?.balance_transaction),
      refund: text(given.balance_transaction),
      feeRefund: all.find(({ type }) => type === "adjustment")?.id ?? "",
      fee: fee.id,
      out: text(automatic.balance_transaction),
      second: text(charges[1]?.balance_transaction),
      manualOut: text(manual.balance_transaction),
    },
    source: { charge: charges[0]?.id ?? "", refund: given.id, second: charges[1]?.id ?? "" },
    payments: [first.id, second.id],
    payouts: [automatic.id, manual.id],
  };
}

const at = (seconds: number): Timestamp => Timestamp.fromMillis(seconds * 1000);

/** What must be stored, by hand. */
function right({ ids, source, payments, payouts }: Story): StoredAccount {
  const movement = (fields: Json): Json => {
    const created = fields["createdAt"] ?? at(LATER);
    return {
      reportingCategory: fields["type"],
      balanceType: "payments",
      currency: "cad",
      fee: 0,
      feeDetails: [],
      exchangeRate: null,
      createdAt: created,
      availableAt: created,
      status: "available",
      source: null,
      description: null,
      stripePaymentId: null,
      payoutId: null,
      ...fields,
      net: Number(fields["amount"]) - Number(fields["fee"] ?? 0),
    };
  };
  const [automatic, manual] = payouts;
  const first = { createdAt: at(START), payoutId: automatic };
  const fees = (stripe: number, application: number): Json => ({
    fee: stripe + application,
    feeDetails: [
      { type: "stripe_fee", amount: stripe },
      { type: "application_fee", amount: application },
    ],
  });
  const movements: [string, Json][] = [
    [ids.charge, { ...first, type: "charge", amount: 10_000, ...fees(320, 1_000), source: source.charge }],
    [ids.refund, { ...first, type: "refund", amount: -1_000, source: source.refund }],
    [
      ids.feeRefund,
      { ...first, type: "adjustment", reportingCategory: "fee", amount: 200, description: "Application fee refund" },
    ],
    [
      ids.fee,
      {
        type: "stripe_fee",
        reportingCategory: "fee",
        amount: -47,
        description: "Billing - Usage Fee",
        payoutId: automatic,
      },
    ],
    // 10000 − 320 − 1000 − 1000 + 200 − 47
    [ids.out, { type: "payout", amount: -7_833, source: automatic, payoutId: automatic }],
    [ids.second, { type: "charge", amount: 5_000, ...fees(175, 500), source: source.second }],
    [ids.manualOut, { type: "payout", amount: -2_000, source: manual }],
  ];
  const ofPayment = new Map([
    [ids.charge, payments[0]],
    [ids.refund, payments[0]],
    [ids.feeRefund, payments[0]],
    [ids.second, payments[1]],
  ]);
  const payout = (fields: Json): Json => ({
    status: "paid",
    createdAt: at(LATER),
    arrivesAt: at(LATER),
    currency: "cad",
    bank: { name: "STRIPE TEST BANK", last4: "6789" },
    failure: null,
    statementDescriptor: null,
    originalPayoutId: null,
    reversedByPayoutId: null,
    composition: null,
    explained: null,
    asOf: at(LATER),
    ...fields,
  });
  const transaction = (net: number, refunds = 0, feesReturned = 0): Json => ({
    stripe: {
      status: "succeeded",
      feesStatus: "final",
      mode: "direct",
      settled: { currency: "cad", net },
      received: null,
      amounts: { amount_franchisee_net: net },
      netAdjustment: { currency: "cad", amount: refunds + feesReturned },
      otherAdjustments: [],
      adjustmentParts:
        refunds === 0 ? [] : [{ currency: "cad", refunds, disputes: 0, disputeFees: 0, feesReturned, other: 0 }],
    },
  });
  return {
    // 5000 − 175 − 500 − 2000
    franchisee: {
      balance: {
        checkedAt: at(LATER),
        currencies: { cad: { available: 2_325, pending: 0, recorded: 2_325, difference: 0 } },
        isExplained: true,
        unexplainedSince: null,
      },
    },
    balanceTransactions: new Map(
      movements.map(([id, fields]) => [
        id,
        { id, ...movement({ ...fields, stripePaymentId: ofPayment.get(id) ?? null }) },
      ]),
    ),
    payouts: new Map([
      [
        automatic,
        payout({
          id: automatic,
          amount: 7_833,
          kind: "automatic",
          reconciliationStatus: "completed",
          composition: [
            { reportingCategory: "charge", count: 1, amount: 10_000, fee: 1_320, net: 8_680 },
            // 200 − 47
            { reportingCategory: "fee", count: 2, amount: 153, fee: 0, net: 153 },
            { reportingCategory: "refund", count: 1, amount: -1_000, fee: 0, net: -1_000 },
          ],
          explained: { net: 7_833, difference: 0 },
        }),
      ],
      [manual, payout({ id: manual, amount: 2_000, kind: "manual", reconciliationStatus: "not_applicable" })],
    ]),
    transactions: new Map([
      // 10000 − 320 − 1000, then − 1000 + 200
      [payments[0], transaction(8_680, -1_000, 200)],
      [payments[1], transaction(4_325)],
    ]),
  };
}

const wrong = (story: Story, stored: StoredAccount): string[] => wrongBalances(stored, story.books, ACCOUNT, TIME_ZONE);

test("the right documents have no differences", () => {
  const story = play();
  expect(wrong(story, right(story))).toEqual([]);
});

/** The documents of a collection with changed fields in one of them. */
function changed(documents: ReadonlyMap<string, unknown>, id: string, fields: Json): Map<string, unknown> {
  const known: unknown = documents.get(id);
  if (typeof known !== "object" || known === null) throw new Error(`There is no ${id}.`);
  return new Map([...documents, [id, { ...known, ...fields }]]);
}

type Corruption = (story: Story, stored: StoredAccount) => Partial<StoredAccount>;

const movement =
  (which: keyof Story["ids"], fields: Json): Corruption =>
  ({ ids }, { balanceTransactions }) => ({ balanceTransactions: changed(balanceTransactions, ids[which], fields) });
const payout =
  (which: 0 | 1, fields: Json): Corruption =>
  (story, { payouts }) => ({ payouts: changed(payouts, story.payouts[which], fields) });
const without = (documents: ReadonlyMap<string, unknown>, id: string): Map<string, unknown> =>
  new Map([...documents].filter(([one]) => one !== id));
const compared = (fields: Json): Corruption => {
  const balance = { currencies: { cad: { available: 2_325, pending: 0, recorded: 2_325, difference: 0 } } };
  const rest = { isExplained: true, unexplainedSince: null };
  return () => ({ franchisee: { balance: { ...balance, ...rest, ...fields } } });
};

const CORRUPTIONS: readonly [what: string, corruption: Corruption, line: RegExp][] = [
  [
    "a movement that is missing",
    ({ ids }, { balanceTransactions }) => ({ balanceTransactions: without(balanceTransactions, ids.fee) }),
    /^balance transaction txn_\w+ is missing$/,
  ],
  [
    "a movement that Stripe does not have",
    (_story, { balanceTransactions }) => ({
      balanceTransactions: new Map([...balanceTransactions, ["txn_1", [...balanceTransactions.values()][0]]]),
    }),
    /^balance transaction txn_1 is stored, and Stripe has none$/,
  ],
  ["a net that is a cent off", movement("charge", { net: 8_681 }), /: net is 8681, and should be 8680$/],
  ["an amount that is a cent off", movement("charge", { amount: 9_999 }), /: amount is 9999, and should be 10000$/],
  ["the wrong sum of all movements", movement("fee", { net: -46 }), /^the net in cad is 2326, and should be 2325$/],
  ["a movement without its payment", movement("refund", { stripePaymentId: null }), /: stripePaymentId is null, and/],
  [
    "a payment that lacks a movement",
    movement("refund", { stripePaymentId: null }),
    // 8680 + 200 instead of 8680 − 1000 + 200
    /^what is stored for pi_\w+ cad is 8880, and should be 7880$/,
  ],
  [
    "a movement that names no payment, stored as another one's",
    (story, { balanceTransactions }) => ({
      balanceTransactions: changed(balanceTransactions, story.ids.feeRefund, { stripePaymentId: story.payments[1] }),
    }),
    /^what is stored for pi_\w+ cad is 4525, and should be 4325$/,
  ],
  [
    "a movement in the wrong month",
    movement("fee", { createdAt: at(START) }),
    /^in cad 2026-10 activity is 7833, and should be 7880$/,
  ],
  ["a movement without its payout", movement("charge", { payoutId: null }), /: payoutId is null, and should be "po_/],
  [
    "a status of before",
    movement("charge", { status: "pending" }),
    /: status is "pending", and should be "available"$/,
  ],
  [
    "what a sender has written",
    movement("charge", { description: "Ada" }),
    /: description is "Ada", and should be null$/,
  ],
  [
    "a payout that is missing",
    (story, { payouts }) => ({ payouts: without(payouts, story.payouts[1]) }),
    /^payout po_\w+ is missing$/,
  ],
  ["the status of a payout", payout(0, { status: "in_transit" }), /: status is "in_transit", and should be "paid"$/],
  ["the bank of a payout", payout(0, { bank: null }), /: bank is null, and should be \{"last4":"6789"/],
  ["a payout that is not explained", payout(0, { explained: null }), /: explained is null, and should be \{/],
  [
    "a difference of a cent",
    payout(0, { explained: { net: 7_834, difference: 1 } }),
    /: explained is \{"difference":1,"net":7834\}, and should be \{"difference":0,"net":7833\}$/,
  ],
  [
    "the content of a manual payout",
    payout(1, { composition: [{ reportingCategory: "charge", count: 1, amount: 1, fee: 0, net: 1 }] }),
    /: composition is \[.*, and should be null$/,
  ],
  [
    "a composition in another order",
    payout(0, {
      composition: [
        { reportingCategory: "fee", count: 2, amount: 153, fee: 0, net: 153 },
        { reportingCategory: "charge", count: 1, amount: 10_000, fee: 1_320, net: 8_680 },
        { reportingCategory: "refund", count: 1, amount: -1_000, fee: 0, net: -1_000 },
      ],
    }),
    /: its composition is not in order: 153,8680,-1000$/,
  ],
  ["no comparison", () => ({ franchisee: {} }), /^the comparison with Stripe's balance is missing$/],
  [
    "a comparison with another balance",
    compared({ currencies: { cad: { available: 2_000, pending: 0, recorded: 2_000, difference: 0 } } }),
    /^the comparison cad available is 2000, and should be 2325$/,
  ],
  ["an unexplained balance", compared({ isExplained: false }), /^the balance is stored as unexplained$/],
  [
    "a transaction that states another net",
    (story, { transactions }) => ({
      transactions: new Map([...transactions, [story.payments[1], transactions.get(story.payments[0])]]),
    }),
    /^what is stored for pi_\w+ cad is 4325, and should be 7880, as its transaction states$/,
  ],
  [
    "a transaction that takes a part for another",
    (story, { transactions }) => ({
      transactions: changed(transactions, story.payments[0], {
        stripe: {
          status: "succeeded",
          feesStatus: "final",
          mode: "direct",
          settled: { currency: "cad", net: 8_680 },
          received: null,
          amounts: { amount_franchisee_net: 8_680 },
          netAdjustment: { currency: "cad", amount: -800 },
          otherAdjustments: [],
          adjustmentParts: [{ currency: "cad", refunds: -800, disputes: 0, disputeFees: 0, feesReturned: 0, other: 0 }],
        },
      }),
    }),
    /^what its transaction states of pi_\w+ cad feesReturned is 0, and should be 200$/,
  ],
];

test.each(CORRUPTIONS)("%s is found", (_what, corruption, line) => {
  const story = play();
  const stored = right(story);
  expect(wrong(story, { ...stored, ...corruption(story, stored) })).toEqual(
    expect.arrayContaining([expect.stringMatching(line)]),
  );
});

test("where Stripe names no payment, it may be left out of a payment whose sum is right without it", () => {
  const story = play();
  const stored = right(story);
  const { balanceTransactions } = stored;
  const left = changed(balanceTransactions, story.ids.feeRefund, { stripePaymentId: null });
  // The sum lacks it, and nothing else is wrong.
  expect(wrong(story, { ...stored, balanceTransactions: left })).toEqual([
    expect.stringMatching(/^what is stored for pi_\w+ cad is 7680, and should be 7880$/),
    expect.stringMatching(/^what is stored for pi_\w+ cad is 7680, and should be 7880, as its transaction states$/),
    expect.stringMatching(/^what its transaction states of pi_\w+ cad feesReturned is 200, and should be 0$/),
  ]);
});
