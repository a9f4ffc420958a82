import {
  isSelected,
  keyOf,
  openException,
  type OpenException,
  readFilter,
  readSort,
  sorted,
  sumsOf,
  worklistFile,
} from "../../../portal/src/worklist.ts";
import { payment } from "../support/portal-payment.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 60 * 60 * 1000);

interface Fields {
  id: string;
  currency?: string;
  total?: number;
  kind?: string;
  differences?: { field: string; recorded: unknown; stripe: unknown }[];
  paid?: Date;
  opened?: Date;
  assignee?: string | null;
  note?: string | null;
  name?: string;
}

function exception(fields: Fields): OpenException {
  const { id, currency = "cad", total = 10_000, kind = "mismatched", differences = [], name = "Ada" } = fields;
  const { paid = NOW, opened = NOW, assignee = null, note = null } = fields;
  const transaction = payment({
    stripePaymentId: id,
    currency,
    amount_total: total,
    reconciliation: { status: kind, differences, checkedAt: null },
    createdAt: paid,
    exceptionOpenedAt: opened,
    name,
  });
  return openException(transaction, { assignee, note });
}

const cent = exception({ id: "pi_cent", differences: [{ field: "amount_total", recorded: 10_000, stripe: 9_999 }] });
const missing = exception({
  id: "pi_missing",
  kind: "missing_in_portal",
  total: 189_896,
  opened: daysAgo(8),
  paid: daysAgo(3),
  assignee: "grace@example.org",
});
const yen = exception({
  id: "pi_yen",
  currency: "jpy",
  total: 5_000,
  kind: "missing_in_stripe",
  opened: daysAgo(40),
  paid: daysAgo(1),
});
const ALL = [cent, missing, yen];

const parametersOf = (query: string) => {
  const parameters = new URLSearchParams(query);
  return readFilter((name) => parameters.get(name));
};

test.each<[string, string[]]>([
  ["", ["pi_cent", "pi_missing", "pi_yen"]],
  ["kind=mismatched", ["pi_cent"]],
  ["kind=missing_in_portal", ["pi_missing"]],
  ["kind=nonsense", ["pi_cent", "pi_missing", "pi_yen"]],
  ["days=7", ["pi_missing", "pi_yen"]],
  ["days=30", ["pi_yen"]],
  ["days=8", ["pi_cent", "pi_missing", "pi_yen"]],
  // $0.01, $1,898.96 and ¥5,000.
  ["size=0.01", ["pi_cent", "pi_missing", "pi_yen"]],
  ["size=1898.96", ["pi_missing", "pi_yen"]],
  ["size=1898.97", ["pi_yen"]],
  ["size=5000", ["pi_yen"]],
  ["size=5000.01", []],
  ["size=-1", ["pi_cent", "pi_missing", "pi_yen"]],
  ["assignee=nobody", ["pi_cent", "pi_yen"]],
  ["assignee=grace%40example.org", ["pi_missing"]],
  ["assignee=grace%40example.org&days=30", []],
])("the filter %j selects %j", (query, ids) => {
  const selected = ALL.filter((one) => isSelected(one, parametersOf(query), NOW));
  expect(selected.map(({ transaction }) => transaction.stripePaymentId)).toEqual(ids);
});

test("an exception is a day old after 24 hours", () => {
  const [young, old] = [1, 0].map((ms) => exception({ id: "pi_1", opened: new Date(daysAgo(1).getTime() + ms) }));
  expect([young, old].map((one) => one && isSelected(one, parametersOf("days=1"), NOW))).toEqual([false, true]);
});

test.each<[string | null, string[]]>([
  [null, ["pi_cent", "pi_yen", "pi_missing"]],
  ["nonsense", ["pi_cent", "pi_yen", "pi_missing"]],
  ["-paid", ["pi_missing", "pi_yen", "pi_cent"]],
  ["opened", ["pi_yen", "pi_missing", "pi_cent"]],
  ["-opened", ["pi_cent", "pi_missing", "pi_yen"]],
  // By currency: amounts of several have no order.
  ["size", ["pi_missing", "pi_cent", "pi_yen"]],
  ["-size", ["pi_yen", "pi_cent", "pi_missing"]],
])("the order %j", (sort, ids) => {
  expect(sorted(ALL, readSort(sort)).map((one) => keyOf(one))).toEqual(ids.map((id) => `acct_1/${id}`));
});

test("the sums are by currency, the most exceptions first", () => {
  expect(sumsOf(ALL)).toEqual([
    { currency: "cad", count: 2, amount: 199_896, size: 189_897 },
    { currency: "jpy", count: 1, amount: 5_000, size: 5_000 },
  ]);
  expect(sumsOf([])).toEqual([]);
});

test("the file has a line for each, in the major unit, and no text is a formula", () => {
  const hostile = exception({
    id: "pi_2",
    currency: "jpy",
    total: 5_000,
    name: '=HYPERLINK("x")',
    note: "a\nb",
  });
  const lines = worklistFile([cent, hostile], (id) => (id === "acct_1" ? "Moon, Inc." : null)).split("\r\n");
  const at = "2026-11-20T12:00:00.000Z";
  expect(lines).toEqual([
    "\ufefffranchisee,account,stripePaymentId,customer,paid,opened,kind,differences,currency,total,at_stake,assignee,note",
    `"Moon, Inc.",acct_1,pi_cent,Ada,${at},${at},mismatched,"amount_total: 10000, Stripe 9999",cad,100.00,0.01,,`,
    `"Moon, Inc.",acct_1,pi_2,"'=HYPERLINK(""x"")",${at},${at},mismatched,,jpy,5000,0,,"a b"`,
    "",
  ]);
});
