import { quickBooksAccountsSchema, xeroAccountsSchema } from "../../src/domain/journal-accounts.ts";
import { JOURNAL_ACCOUNTS, type Journal, journalOf } from "../../src/domain/journal.ts";
import { quickBooksFile, xeroFile } from "../../src/http/journal-files.ts";
import { movement, payout } from "../support/balance-fixture.ts";

const CHARGE_FEES = [
  { type: "stripe_fee", amount: 320 },
  { type: "application_fee", amount: 500 },
];

/** Sales of 100.00 with fees of 3.20 and 5.00; 30.00 refunded, 1.50 of the platform's fee returned, 50.00 disputed. */
const CONTENT = [
  movement("txn_1", "2025-11-03T12:00:00Z", 10_000, { feeDetails: CHARGE_FEES }),
  movement("txn_2", "2025-11-04T12:00:00Z", -3_000, { type: "refund", reportingCategory: "refund" }),
  movement("txn_3", "2025-11-04T12:00:00Z", 150, {
    type: "adjustment",
    reportingCategory: "fee",
    description: "Application fee refund",
  }),
  movement("txn_4", "2025-11-05T12:00:00Z", -5_000, {
    type: "adjustment",
    reportingCategory: "dispute",
    source: "dp_1",
    feeDetails: [{ type: "stripe_fee", amount: 1_500 }],
  }),
];

const paid = { status: "paid", arrivesAt: new Date("2025-11-14T00:00:00Z") } as const;

function linesOf({ lines }: Journal): [account: string, amount: number][] {
  return lines.map(({ account, amount }) => [account, amount]);
}

function sumOf({ lines }: Journal): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}

test("an automatic payout books its sales gross, with every deduction on an account of its own", () => {
  // 100.00 − 8.20 − 30.00 + 1.50 − 65.00 = −1.70: the payout debits the bank account.
  const journal = journalOf(payout("po_1", "2025-11-12T12:00:00Z", -170, paid), CONTENT);
  expect(journal).toMatchObject({ payoutId: "po_1", date: "2025-11-14", currency: "cad" });
  expect(linesOf(journal)).toEqual([
    ["bank", -170],
    ["sales", -10_000],
    ["refunds", 3_000],
    ["disputes", 5_000],
    ["disputeFees", 1_500],
    ["stripeFees", 320],
    ["platformFees", 500],
    ["feesReturned", -150],
  ]);
});

test("what a payout does not list goes to the clearing account", () => {
  const unexplained = journalOf(payout("po_1", "2025-11-12T12:00:00Z", 9_000, paid), CONTENT.slice(0, 1));
  expect(linesOf(unexplained)).toEqual([
    ["bank", 9_000],
    ["sales", -10_000],
    ["stripeFees", 320],
    ["platformFees", 500],
    ["stripeBalance", 180],
  ]);
  const instant = movement("txn_5", "2025-11-12T12:00:00Z", -700, {
    type: "payout",
    reportingCategory: "payout",
    source: "po_3",
    feeDetails: [{ type: "stripe_fee", amount: 7 }],
  });
  expect(
    linesOf(journalOf(payout("po_3", "2025-11-12T12:00:00Z", 700, { ...paid, kind: "instant" }), [instant])),
  ).toEqual([
    ["bank", 700],
    ["stripeFees", 7],
    ["stripeBalance", -707],
  ]);
  const manual = journalOf(payout("po_2", "2025-11-12T12:00:00Z", 700, { ...paid, kind: "manual" }), []);
  expect(linesOf(manual)).toEqual([
    ["bank", 700],
    ["stripeBalance", -700],
  ]);
});

test("the sales of a failed payout are booked once, and the bank has the money of the later payout alone", () => {
  const [charge] = CONTENT;
  const failed = journalOf(
    payout("po_1", "2025-11-12T12:00:00Z", 9_180, { ...paid, status: "failed" }),
    charge ? [charge] : [],
  );
  const returned = movement("txn_9", "2025-11-13T12:00:00Z", 9_180, {
    type: "payout_failure",
    reportingCategory: "payout_reversal",
    source: "po_1",
  });
  const later = journalOf(payout("po_2", "2025-11-14T12:00:00Z", 9_180, paid), [returned]);
  expect(linesOf(failed)).toEqual([
    ["sales", -10_000],
    ["stripeFees", 320],
    ["platformFees", 500],
    ["stripeBalance", 9_180],
  ]);
  expect(linesOf(later)).toEqual([
    ["bank", 9_180],
    ["stripeBalance", -9_180],
  ]);
  expect([failed, later].map(sumOf)).toEqual([0, 0]);
});

test("movements of no payment have accounts of their own, and every journal balances", () => {
  const content = [
    movement("txn_1", "2025-11-03T12:00:00Z", -200, { type: "stripe_fee", reportingCategory: "fee" }),
    movement("txn_2", "2025-11-03T12:00:00Z", -1_500, {
      type: "stripe_fee",
      reportingCategory: "fee",
      description: "Card Dispute Countered Fee (2025-11-03)",
    }),
    movement("txn_3", "2025-11-03T12:00:00Z", 5_000, {
      type: "reserve_transaction",
      reportingCategory: "risk_reserved_funds",
    }),
  ];
  const journal = journalOf(payout("po_1", "2025-11-12T12:00:00Z", 3_300, paid), content);
  expect(linesOf(journal)).toEqual([
    ["bank", 3_300],
    ["disputeFees", 1_500],
    ["other", -4_800],
  ]);
  expect(sumOf(journal)).toBe(0);
});

const QUICKBOOKS = quickBooksAccountsSchema.parse("bank = Chequing; sales=Income:Workshops");
const CODES = JOURNAL_ACCOUNTS.map((account, index) => `${account}=${200 + index}`).join(";");

test("a file for QuickBooks has debits and credits by account name, with a number of at most 21 characters", () => {
  const long = payout("po_1SPg6y2LSUVFKuLNabcdefgh", "2025-11-12T12:00:00Z", 9_180, paid);
  expect(quickBooksFile([journalOf(long, CONTENT.slice(0, 1))], QUICKBOOKS).split("\r\n")).toEqual([
    '"Journal No.","Journal Date","Account Name",Debits,Credits,Description',
    'g6y2LSUVFKuLNabcdefgh,11/14/2025,Chequing,91.80,,"Stripe payout po_1SPg6y2LSUVFKuLNabcdefgh, CAD"',
    'g6y2LSUVFKuLNabcdefgh,11/14/2025,Income:Workshops,,100.00,"Stripe payout po_1SPg6y2LSUVFKuLNabcdefgh, CAD"',
    'g6y2LSUVFKuLNabcdefgh,11/14/2025,"Stripe fees",3.20,,"Stripe payout po_1SPg6y2LSUVFKuLNabcdefgh, CAD"',
    'g6y2LSUVFKuLNabcdefgh,11/14/2025,"Franchise fees",5.00,,"Stripe payout po_1SPg6y2LSUVFKuLNabcdefgh, CAD"',
    "",
  ]);
});

test("a file for Xero has signed amounts by account code", () => {
  const accounts = xeroAccountsSchema.parse(`${CODES};taxRate=Tax Exempt`);
  if (!accounts) throw new Error("These are all accounts.");
  const yen = journalOf(payout("po_1", "2025-11-12T12:00:00Z", 700, { ...paid, currency: "jpy" }), []);
  expect(xeroFile([yen], accounts).split("\r\n")).toEqual([
    "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount",
    '"Stripe payout po_1, JPY",14/11/2025,Bank,200,"Tax Exempt",700',
    '"Stripe payout po_1, JPY",14/11/2025,"Stripe balance",209,"Tax Exempt",-700',
    "",
  ]);
});

test.each<[text: string, quickBooks: boolean, xero: boolean]>([
  ["none", true, true],
  ["bank=Chequing", true, false],
  [CODES, true, false],
  [`${CODES};taxRate=Tax Exempt`, false, true],
  ["bank=", false, false],
  ["=Chequing", false, false],
  ["bank", false, false],
  ["bank=a=b", false, false],
  ["bank=a;bank=b", false, false],
  ["purse=Chequing", false, false],
  [`bank=${"x".repeat(101)}`, false, false],
])("the accounts %j are valid for QuickBooks: %s, for Xero: %s", (text, quickBooks, xero) => {
  expect(quickBooksAccountsSchema.safeParse(text).success).toBe(quickBooks);
  expect(xeroAccountsSchema.safeParse(text).success).toBe(xero);
});

test("without accounts, QuickBooks has the default names and Xero none", () => {
  expect(quickBooksAccountsSchema.parse("none")).toMatchObject({ bank: "Bank", stripeBalance: "Stripe balance" });
  expect(xeroAccountsSchema.parse("none")).toBeNull();
});
