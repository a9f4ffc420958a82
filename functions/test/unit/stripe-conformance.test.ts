import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Stripe from "stripe";
import { z } from "zod";
import { FUNCTIONS } from "../../tools/cli/paths.ts";
import { EVENT_TYPES } from "../../src/domain/stripe-event.ts";
import { REPORTING_CATEGORIES } from "../../src/stripe/reporting-categories.ts";
import { type Corruption, corruptionsOf } from "../support/conformance/corruptions.ts";
import { type Recording, recordAll } from "../support/conformance/drive.ts";
import {
  compile,
  type Expansion,
  type Finding,
  paramsOf,
  type Program,
  programOf,
  type Typed,
} from "../support/conformance/program.ts";
import { documentedValues } from "../support/conformance/sdk-types.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

// Every response of the fake Stripe and every request of the product satisfies the types of the pinned SDK, according
// to the TypeScript compiler. The SDK is generated from Stripe's OpenAPI document, which is not available as a file for
// the pinned API version.

let recording: Recording;
let program: Program;
let corruptions: Corruption[];
let findings: Record<string, Finding[]>;

const BAD_REQUESTS: Typed[] = [
  { type: "Stripe.ChargeListParams", value: { colour: "red" } },
  { type: "Stripe.ChargeListParams", value: { limit: "100" } },
  { type: "Stripe.ChargeListParams", value: { expand: "data.transfer" } },
  { type: "Stripe.EventListParams", value: { delivery_success: "false" } },
  { type: "Stripe.PaymentIntentRetrieveParams", value: { limit: 1 } },
  { type: "Stripe.BalanceRetrieveParams", value: { currency: "cad" } },
];

const BAD_EXPANSIONS: Expansion[] = [
  { type: "Stripe.ApiList<Stripe.Charge>", path: "data.amount" },
  { type: "Stripe.ApiList<Stripe.Charge>", path: "data.colour" },
  { type: "Stripe.ApiList<Stripe.Charge>", path: "data.billing_details" },
  { type: "Stripe.ApiList<Stripe.Charge>", path: "transfer" },
  { type: "Stripe.ApiList<Stripe.Charge>", path: "data.transfer.destination_payment.colour" },
  { type: "Stripe.PaymentIntent", path: "latest_charge.refunds.data.amount" },
  { type: "Stripe.Dispute", path: "balance_transactions" },
];

beforeAll(async () => {
  recording = await recordAll(startStripe);
  program = programOf(recording.exchanges, recording.deliveries);
  corruptions = corruptionsOf(program);
  const corrupted = { values: [...corruptions, ...BAD_REQUESTS], expansions: BAD_EXPANSIONS };
  findings = await compile({ recorded: program, corrupted });
});

test("every response and every request satisfies the SDK's type", () => {
  const { values, expansions } = program;
  const described = findings["recorded"]?.map(({ statement, message, excerpt }) => {
    const expansion = expansions[statement - values.length];
    return expansion ? `The SDK does not expand ${expansion.path} in ${expansion.type}.` : `${message} At: ${excerpt}`;
  });
  expect([...new Set(described)]).toEqual([]);
  expect([values.length > 100, expansions.length > 30]).toEqual([true, true]);
});

test("the compiler reports each corruption of an object, a request or an expansion", () => {
  const found = new Set(findings["corrupted"]?.map(({ statement }) => statement));
  const all = [
    ...corruptions.map(({ what }) => what),
    ...[...BAD_REQUESTS, ...BAD_EXPANSIONS].map((one) => JSON.stringify(one)),
  ];
  expect(all.filter((_what, index) => !found.has(index))).toEqual([]);
  expect(corruptions.length).toBeGreaterThan(500);
});

const BALANCE_TRANSACTIONS = "resources/BalanceTransactions";

/** Values that the SDK types as `string` and lists in a comment. The details of a fee have no `object`. */
const DOCUMENTED_VALUES: readonly [object: string, property: string, values: () => string[]][] = [
  ["balance_transaction", "reporting_category", () => Object.keys(REPORTING_CATEGORIES)],
  ["balance_transaction", "status", () => documentedValues(BALANCE_TRANSACTIONS, "BalanceTransaction", "status")],
  ["fee_details", "type", () => documentedValues(BALANCE_TRANSACTIONS, "FeeDetail", "type")],
  ["dispute", "reason", () => documentedValues("resources/Disputes", "Dispute", "reason")],
  ["payout", "method", () => documentedValues("resources/Payouts", "Payout", "method")],
  ["payout", "source_type", () => documentedValues("resources/Payouts", "Payout", "source_type")],
  ["payout", "status", () => documentedValues("resources/Payouts", "Payout", "status")],
  ["refund", "failure_reason", () => documentedValues("resources/Refunds", "Refund", "failure_reason")],
  ["refund", "status", () => documentedValues("resources/Refunds", "Refund", "status")],
  ["webhook_endpoint", "status", () => documentedValues("resources/WebhookEndpoints", "WebhookEndpoint", "status")],
];

describe("values that the SDK only documents", () => {
  const sent = new Map<string, Set<string>>();
  const collect = (value: unknown, within: string): void => {
    if (typeof value !== "object" || value === null) return;
    const object = "object" in value ? String(value.object) : within;
    for (const [key, one] of Object.entries(value)) {
      const place = `${object}.${key}`;
      if (typeof one === "string") sent.set(place, (sent.get(place) ?? new Set()).add(one));
      collect(one, Array.isArray(value) ? within : key);
    }
  };
  beforeAll(() => {
    for (const { body } of recording.exchanges) collect(body, "");
  });

  test.each(DOCUMENTED_VALUES)("are all those of %s.%s", (object, property, values) => {
    const here = [...(sent.get(`${object}.${property}`) ?? [])];
    expect(here).not.toEqual([]);
    expect(values()).toEqual(expect.arrayContaining(here));
  });
});

describe("the recording", () => {
  const resourceOf = (path: string) => {
    const [, , noun = "", id] = path.split("/");
    return { noun, method: id === undefined && noun !== "balance" ? "list" : "retrieve" };
  };

  test("contains every call of Stripe in src/ and ops/", () => {
    const inCode = globSync(["src/stripe/*.ts", "ops/**/*.ts"], { cwd: FUNCTIONS }).flatMap((file) => {
      const text = readFileSync(join(FUNCTIONS, file), "utf8");
      return [...text.matchAll(/\bstripe\.(\w+\.(?:list|retrieve|search|create|update|del))\(/g)].map(
        ([, call]) => call,
      );
    });
    const made = recording.byProduct.map(({ path }) => {
      const { noun, method } = resourceOf(path);
      return `${noun.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())}.${method}`;
    });
    expect([...new Set(made)].toSorted()).toEqual([...new Set(inCode)].toSorted());
    expect(inCode.length).toBeGreaterThan(10);
  });

  test("contains an object for every expansion that the product requests", () => {
    const requested = new Map<string, boolean>();
    for (const { path, query, body } of recording.byProduct) {
      const { noun, method } = resourceOf(path);
      for (const expanded of paramsOf(query).expand ?? []) {
        const key = `${noun}.${method} ${expanded}`;
        requested.set(key, requested.get(key) === true || hasObjectAt(body, expanded.split(".")));
      }
    }
    expect([...requested].filter(([, isRecorded]) => !isRecorded)).toEqual([]);
    expect(requested.size).toBeGreaterThan(15);
  });

  test("contains no request of the product that Stripe refuses, unless the object or the account is missing", () => {
    const refused = recording.byProduct.filter(({ status }) => status >= 400);
    const error = z.object({ error: z.object({ code: z.string().optional(), message: z.string() }) });
    const reasons = refused.map(({ body }) => error.parse(body).error).map(({ code, message }) => code ?? message);
    expect([...new Set(reasons)].toSorted()).toEqual([
      "Balance transaction history can only be filtered on automatic transfers, not manual.",
      "account_invalid",
      "resource_missing",
    ]);
  });

  test("contains every type of event that is subscribed, listed and delivered in the pinned API version", () => {
    const events = z.array(z.object({ type: z.string(), api_version: z.literal(Stripe.API_VERSION) }));
    const listed = recording.exchanges
      .filter(({ path, status }) => path === "/v1/events" && status === 200)
      .flatMap(({ body }) => z.object({ data: events }).parse(body).data);
    expect([...new Set(listed.map(({ type }) => type))].toSorted()).toEqual(EVENT_TYPES.toSorted());
    expect(events.parse(recording.deliveries).length).toBeGreaterThan(10);
    expect(new Set(recording.byProduct.map(({ version }) => version))).toEqual(new Set([Stripe.API_VERSION]));
  });
});

function hasObjectAt(value: unknown, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((one) => hasObjectAt(one, path));
  if (typeof value !== "object" || value === null) return false;
  const [key, ...rest] = path;
  return key === undefined || Object.entries(value).some(([name, one]) => name === key && hasObjectAt(one, rest));
}
