import type { Transaction } from "../../../portal/src/firestore/transaction.ts";
import { inOrder, orderText, readOrder } from "../../../portal/src/payment-order.ts";
import { payment } from "../support/portal-payment.ts";
import { portalSnapshot } from "../support/portal-snapshot.ts";

const on = (day: number): Date => new Date(Date.UTC(2025, 10, day));

const ALL: Transaction[] = [
  payment({ stripePaymentId: "pi_ada", name: "Ada", createdAt: on(3), amount_total: 900, amount_franchisee_net: 800 }),
  payment({ stripePaymentId: "pi_zoe", name: "Zoë", createdAt: on(5), amount_total: 10_000, amount_franchisee_net: 1 }),
  payment({
    stripePaymentId: "pi_nobody",
    name: null,
    createdAt: on(4),
    amount_total: 900,
    amount_franchisee_net: 900,
  }),
  payment({ stripePaymentId: "pi_yen", name: "Émile", currency: "jpy", createdAt: on(1), amount_total: 5_000 }),
];

test.each<[string | null, string]>([
  [null, "zoe nobody ada yen"],
  ["nonsense", "zoe nobody ada yen"],
  ["-date", "zoe nobody ada yen"],
  ["date", "yen ada nobody zoe"],
  // Nobody comes last, in either direction.
  ["customer", "ada yen zoe nobody"],
  ["-customer", "zoe yen ada nobody"],
  // Canadian dollars come before yen; equal amounts: the newest first.
  ["amount", "nobody ada zoe yen"],
  ["-amount", "zoe nobody ada yen"],
  ["-net", "nobody ada zoe yen"],
  ["workshop", "zoe nobody ada yen"],
])("the order %j", (text, ids) => {
  const order = readOrder(text);
  expect(inOrder(ALL, order).map(({ stripePaymentId }) => stripePaymentId)).toEqual(
    ids.split(" ").map((id) => `pi_${id}`),
  );
  expect(readOrder(orderText(order))).toEqual(order);
});

test("payments are sorted by what was earned after refunds, and unpaid ones come last", () => {
  const stripe = portalSnapshot(1_000, { netAdjustment: { currency: "cad", amount: -1_000 } });
  const all = [
    payment({ stripePaymentId: "pi_unpaid", amount_franchisee_net: 5_000, status: "canceled" }),
    payment({ stripePaymentId: "pi_less", amount_franchisee_net: 100 }),
    payment({ stripePaymentId: "pi_refunded", amount_franchisee_net: 900, stripe }),
    payment({ stripePaymentId: "pi_more", amount_franchisee_net: 200 }),
  ];
  const ids = (order: string): string[] =>
    inOrder(all, readOrder(order)).map(({ stripePaymentId }) => stripePaymentId.slice("pi_".length));
  // -1.00, 1.00, 2.00
  expect(ids("earned")).toEqual(["refunded", "less", "more", "unpaid"]);
  expect(ids("-earned")).toEqual(["more", "less", "refunded", "unpaid"]);
});

test("the URL names every order but the newest first", () => {
  expect([orderText(readOrder("-date")), orderText(readOrder("date")), orderText(readOrder("-amount"))]).toEqual([
    null,
    "date",
    "-amount",
  ]);
});
