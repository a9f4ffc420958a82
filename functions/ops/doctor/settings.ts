import { applicationIdSchema, stripeModeSchema, timeZoneSchema } from "../../src/config.ts";
import { currencySchema } from "../../src/domain/money.ts";
import type { Check, Finding } from "./check.ts";

const STRIPE = "https://api.stripe.com";

const VALUES = [
  { name: "STRIPE_MODE", schema: stripeModeSchema, values: "live or test" },
  { name: "DEFAULT_CURRENCY", schema: currencySchema.default("cad"), values: "an ISO 4217 code in lower case" },
  { name: "STRIPE_APPLICATION_ID", schema: applicationIdSchema.default(null), values: "ca_… or none" },
  { name: "REPORTING_TIME_ZONE", schema: timeZoneSchema.default("Etc/UTC"), values: "the IANA name of a time zone" },
];

export const settings: Check = {
  title: "settings",
  run: ({ id, google, settings: given }) => {
    const remedy = `Set it in functions/.env.${id}, and deploy: npm run deploy -- --project ${id}`;
    const problems = VALUES.filter(({ name, schema }) => !schema.safeParse(given[name]).success).map(
      ({ name, values }) => `${name} is ${said(given[name])}, but must be ${values}.`,
    );
    const {
      ALLOW_UNSIGNED_WRITES: unsigned = "false",
      LOG_LEVEL: level = "INFO",
      STRIPE_API_BASE: base = STRIPE,
    } = given;
    if (unsigned === "true") {
      problems.push(
        "ALLOW_UNSIGNED_WRITES is on: anyone who knows the address can write golden records without a signature.",
      );
    } else if (unsigned !== "false") {
      problems.push(`ALLOW_UNSIGNED_WRITES is ${said(unsigned)}, but must be true or false.`);
    }
    if (/^(WARN|WARNING|ERROR)$/i.test(level)) {
      problems.push(
        `LOG_LEVEL is ${said(level)}: the lines that alerts count (docs/operations.md) are written at INFO.`,
      );
    }
    if (google && base !== STRIPE) problems.push(`STRIPE_API_BASE is ${said(base)}, which is not Stripe's: ${STRIPE}.`);
    const findings: Finding[] = problems.map((problem) => ({ problem, remedy }));
    const data = given["FIRESTORE_PROJECT_ID"];
    return { findings, notes: data ? [`The data is in the Firestore of ${data}.`] : [] };
  },
};

function said(value: string | undefined): string {
  return value === undefined ? "not set" : `"${value}"`;
}
