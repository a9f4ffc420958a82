import { alert, digest, type MailedException } from "../../src/domain/exception-mail.ts";

const PORTAL = "https://portal.example";
const cad = (status: string, size: number): MailedException => ({ status, currency: "cad", size });

const OPEN = [
  cad("mismatched", 1),
  cad("mismatched", 189_896),
  { status: "mismatched", currency: "jpy", size: 5_000 },
  cad("missing_in_portal", 10_000),
];

test("a digest has the number of each kind and what is at stake in each currency, and how to stop it", () => {
  // 0.01 + 1,898.96.
  expect(digest(OPEN, 2, PORTAL)).toEqual({
    subject: "4 exceptions open",
    text: [
      "4 payments do not match Stripe.",
      "New since yesterday: 2.",
      "",
      "Differs from Stripe: 3, at stake 1898.97 CAD and 5000 JPY",
      "Only in Stripe: 1, at stake 100.00 CAD",
      "",
      "Open the list: https://portal.example/#/exceptions",
      "Change or stop these emails: https://portal.example/#/emails",
      "",
    ].join("\n"),
  });
  expect(digest(OPEN.slice(0, 1), 0, PORTAL)).toMatchObject({
    subject: "1 exception open",
    text: expect.stringMatching(
      /^1 payment does not match Stripe\.\nNone of them is new since yesterday\.\n/,
    ) as unknown,
  });
  expect(digest([], 0, PORTAL)).toBeNull();
});

test.each<[number, number, string | null]>([
  [0.01, 4, "4 exceptions of 0.01 or more"],
  [100, 3, "3 exceptions of 100 or more"],
  [100.01, 2, "2 exceptions of 100.01 or more"],
  [1898.96, 2, "2 exceptions of 1898.96 or more"],
  // 5,000 yen, which have no minor unit.
  [5000, 1, "1 exception of 5000 or more"],
  [5000.01, 0, null],
])("an email from %d on is about %d of the exceptions", (from, _count, subject) => {
  expect(alert(OPEN, from, PORTAL)?.subject ?? null).toBe(subject);
});
