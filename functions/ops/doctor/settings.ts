import {
  applicationIdSchema,
  mailCollectionSchema,
  portalUrlSchema,
  stripeModeSchema,
  syncScheduleSchema,
  timeZoneSchema,
} from "../../src/config.ts";
import { quickBooksAccountsSchema, xeroAccountsSchema } from "../../src/domain/journal-accounts.ts";
import { currencySchema } from "../../src/domain/money.ts";
import type { Check, Finding } from "./check.ts";

const STRIPE = "https://api.stripe.com";

const ACCOUNTS = "none or bank=…;sales=… (docs/configuration.md)";

const VALUES = [
  { name: "STRIPE_MODE", schema: stripeModeSchema, values: "live or test" },
  { name: "DEFAULT_CURRENCY", schema: currencySchema.default("cad"), values: "an ISO 4217 code in lower case" },
  { name: "STRIPE_APPLICATION_ID", schema: applicationIdSchema.default(null), values: "ca_… or none" },
  { name: "QUICKBOOKS_ACCOUNTS", schema: quickBooksAccountsSchema.optional(), values: ACCOUNTS },
  { name: "XERO_ACCOUNTS", schema: xeroAccountsSchema.optional(), values: `${ACCOUNTS}, with all names` },
  { name: "MAIL_COLLECTION", schema: mailCollectionSchema.optional(), values: "the name of a collection, or none" },
  { name: "PORTAL_URL", schema: portalUrlSchema.optional(), values: "https://… without a path, or none" },
  {
    name: "SYNC_SCHEDULE",
    schema: syncScheduleSchema.optional(),
    values: "7 */4 * * * (at most four hours apart, which the alerts assume)",
  },
  { name: "REPORTING_TIME_ZONE", schema: timeZoneSchema.default("Etc/UTC"), values: "the IANA name of a time zone" },
];

export const settings: Check = {
  title: "settings",
  run: ({ id, google, settings: given }) => {
    const remedy = `Set it in functions/.env.${id}, and deploy: npm run deploy -- --project ${id}`;
    const problems = VALUES.filter(({ name, schema }) => !schema.safeParse(given[name]).success).map(
      ({ name, values }) => `${name} is ${quoted(given[name])}, but must be ${values}.`,
    );
    const {
      ALLOW_UNSIGNED_WRITES: unsigned = "false",
      LOG_LEVEL: level = "INFO",
      STRIPE_API_BASE: base = STRIPE,
    } = given;
    if (unsigned === "true") {
      problems.push("ALLOW_UNSIGNED_WRITES is on: anyone can write golden records without a signature.");
    } else if (unsigned !== "false") {
      problems.push(`ALLOW_UNSIGNED_WRITES is ${quoted(unsigned)}, but must be true or false.`);
    }
    if (/^(WARN|WARNING|ERROR)$/i.test(level)) {
      problems.push(
        `LOG_LEVEL is ${quoted(level)}, but the log lines that alerts count (docs/operations.md) have level INFO.`,
      );
    }
    if (google && base !== STRIPE) problems.push(`STRIPE_API_BASE is ${quoted(base)}, but must be ${STRIPE}.`);
    const findings: Finding[] = problems.map((problem) => ({ problem, remedy }));
    const data = given["FIRESTORE_PROJECT_ID"];
    return { findings, notes: data ? [`The data is in the Firestore database of ${data}.`] : [] };
  },
};

function quoted(value: string | undefined): string {
  return value === undefined ? "not set" : `"${value}"`;
}
