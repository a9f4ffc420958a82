import { Firestore } from "firebase-admin/firestore";
import indexes from "../../../firestore.indexes.json" with { type: "json" };
import { MAX_TERMS, type Searchable, searchTerms } from "../../src/domain/search.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import sample from "../local/sample-golden-record.json" with { type: "json" };
import { load, newPaymentId, withSpread } from "./measure.ts";
import type { Report } from "./report.ts";

const ROUNDS = 9;
const WRITES = 200;
const CALLS = 2_000;
const FRANCHISEE = "acct_1SPg6y2LSUVFKuLN";

const usual: Searchable = {
  name: sample.name,
  email: sample.email,
  phone: sample.phone,
  workshopName: sample.workshopName,
  workshopId: sample.workshopId,
  currency: "cad",
  amount_total: sample.amount_total,
  amount_franchisee_net: sample.amount_franchisee_net,
  status: "succeeded",
  exception: null,
  stripe: null,
};

const PAYMENTS: Readonly<Record<string, Searchable>> = {
  "without texts": { ...usual, name: null, email: null, phone: null, workshopName: null, workshopId: null },
  "the sample record": usual,
  "a name without spaces": { ...usual, name: "山田太郎" },
  "a name of 35 long words": {
    ...usual,
    name: Array.from({ length: 35 }, (_none, index) => `${10 + index}abcdefghijk`).join(" "),
  },
  "as many terms as there can be": {
    ...usual,
    name: Array.from({ length: 500 }, (_none, index) => String.fromCodePoint(0x4e00 + index))
      .join("")
      .replaceAll(/(.{12})/gu, "$1 "),
  },
};

/** The size of the search's part of the indexes, and what it adds to a write. */
export async function benchSearch(report: Report): Promise<void> {
  report.section("The search terms of a payment");
  report.note(
    `At most ${MAX_TERMS} terms, each an entry in ${INDEXES.length} indexes. Bytes are computed as Firestore documents ` +
      "them (https://firebase.google.com/docs/firestore/storage-size). CPU is that of computing the terms. A write is " +
      `one create() of the document alone, with its terms and without; medians of ${ROUNDS} rounds of ${WRITES}, ` +
      "minimum–maximum. The emulator keeps no such indexes, so a write shows the cost of the larger request alone.",
  );
  const { address } = await startFirestoreAlone();
  const database = new Firestore({ projectId: PROJECT_ID, host: address, ssl: false });
  const payments = database.collection("franchisees").doc(FRANCHISEE).collection("transactions");
  const rows = [
    ["", "terms", "index entries", "index bytes", "document bytes", "CPU µs", "create() ms", "÷ without terms"],
  ];
  for (const [name, payment] of Object.entries(PAYMENTS)) {
    const terms = searchTerms(payment);
    const create = (fields: object) => async (): Promise<void> => {
      await payments.doc(newPaymentId()).create({ ...payment, ...fields });
    };
    const rounds: { with: number; without: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const without = await load(create({}), 1, WRITES);
      const withTerms = await load(create({ search: terms }), 1, WRITES);
      // The first warms up.
      if (round > 0) rounds.push({ with: withTerms.p50, without: without.p50 });
    }
    const bytes = terms.reduce((sum, term) => sum + entryBytes(term), 0);
    rows.push([
      name,
      String(terms.length),
      String(terms.length * INDEXES.length),
      String(bytes),
      String(sizeOf("search") + terms.reduce((sum, term) => sum + sizeOf(term), 0)),
      cpuOf(payment).toFixed(1),
      withSpread(
        rounds.map((round) => round.with),
        2,
      ),
      withSpread(
        rounds.map((round) => round.with / round.without),
        2,
      ),
    ]);
  }
  report.table(rows);
  await database.terminate();
}

const INDEXES = indexes.indexes.filter(({ fields }) => fields.some(({ fieldPath }) => fieldPath === "search"));

/** Of a text, as stored. */
function sizeOf(text: string): number {
  return Buffer.byteLength(text) + 1;
}

/** One term's entries, with `createdAt`, in all indexes. */
function entryBytes(term: string): number {
  const parent = 16 + sizeOf("franchisees") + sizeOf(FRANCHISEE);
  const own = parent + sizeOf("transactions") + sizeOf(newPaymentId());
  return INDEXES.reduce(
    (sum, { queryScope }) => sum + own + (queryScope === "COLLECTION" ? parent : 0) + sizeOf(term) + 8 + 32,
    0,
  );
}

function cpuOf(payment: Searchable): number {
  for (let call = 0; call < CALLS; call += 1) searchTerms(payment);
  const start = process.cpuUsage();
  for (let call = 0; call < CALLS; call += 1) searchTerms(payment);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / CALLS;
}
