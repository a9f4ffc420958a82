/** A customer, Ada, to be erased, and a search for her remaining data. */
import type { CollectionReference } from "firebase-admin/firestore";
import type { Observation } from "../../src/domain/observation.ts";
import { apply } from "../../src/store/apply.ts";
import { database } from "./database.ts";
import { runOperator } from "./operate.ts";
import { DEFAULTS, snapshotSeen, NO_DETAILS, observation } from "./records.ts";

export const ADDRESS = "ada@example.org";
export const ERASURE_OPTIONS = ["--by", "Grace", "--reason", "the customer asked for it"];
export const NOTHING_FOUND = /^No trace of this address is left in the ledger: /m;
export const erase = (...words: string[]) => runOperator(["erase", ...words, "--local"], process.env);

export const ADA = { name: "Ada Lovelace", email: " Ada@Example.ORG", phone: "+1 604 555 0100" };
export const WORKSHOP = { workshopId: "w1", workshopName: "Cedar rope" };
export const OTHER_CUSTOMER = { name: "Edsger", email: "nada@example.org", phone: "604 555 0199" };
/** Matches Ada's data in any field, in lower case, and no other customer's. */
const PERSONAL = /lovelace|[^n]ada@|countess|555 0100|#0100|"ada"|"love"/;

export const context = { now: new Date("2025-11-14T20:00:00Z"), defaults: DEFAULTS };
export const record = (franchiseeId: string, seen: Observation) => apply(franchiseeId, seen, context);
export const golden = (stripePaymentId: string, fields: object = {}, sentAt = 100) =>
  observation({ stripePaymentId, ...ADA, ...WORKSHOP, ...fields }, sentAt);
export const snapshot = (stripePaymentId: string, fields: object = {}, asOf = 200): Observation => {
  return { ...snapshotSeen({ details: { ...NO_DETAILS, ...ADA }, ...fields }, asOf), stripePaymentId };
};
export const legacy = (fields: object) => {
  return { amount_total: "1000", ...ADA, ...WORKSHOP, status: "paid", createdAt: context.now, ...fields };
};

/** Every document of the database by path, including the revisions of deleted transactions. */
export async function allDocuments(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (collections: CollectionReference[]): Promise<void> => {
    for (const collection of collections) {
      for (const document of await collection.listDocuments()) {
        found.set(document.path, JSON.stringify((await document.get()).data() ?? null).toLowerCase());
        await walk(await document.listCollections());
      }
    }
  };
  await walk(await database().listCollections());
  return found;
}

export async function personalPaths(): Promise<string[]> {
  return [...(await allDocuments())].filter(([, fields]) => PERSONAL.test(fields)).map(([path]) => path);
}
