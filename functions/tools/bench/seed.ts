import type { Firestore } from "firebase-admin/firestore";
import { decide } from "../../src/domain/decide.ts";
import { addCounters, countersOf } from "../../src/domain/revenue.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { toFirestore } from "../../src/store/transaction-converter.ts";
import { documentOf, fieldOf, labelsOf } from "../../src/store/totals.ts";
import sample from "../local/sample-golden-record.json" with { type: "json" };

/** Batched, because the emulator is far slower with single writes. */
const BATCH_SIZE = 400;

/** Writes a year of payments at 40 workshops, with their totals, without the functions. */
export async function seedFranchisee(database: Firestore, franchiseeId: string, payments: number): Promise<void> {
  const franchisee = database.collection("franchisees").doc(franchiseeId);
  const defaults = { currency: "cad", livemode: false, timeZone: "America/Vancouver", applicationId: null };
  const end = Date.now();
  const sums = new Map<string, number>();
  const labels = new Map<string, string | null>();
  let batch = database.batch();
  for (let index = 0; index < payments; index += 1) {
    const createdAt = new Date(end - Math.floor((index * 365 * 86_400_000) / payments));
    const stripePaymentId = `pi_${franchiseeId}_${index}`;
    const workshop = { workshopId: `workshop-${index % 40}`, workshopName: `Workshop ${index % 40}` };
    const record = goldenRecordSchema.parse({ ...sample, ...workshop, stripePaymentId });
    const decision = decide(null, { kind: "golden", record, sentAt: createdAt }, { now: createdAt, defaults });
    if (decision.outcome !== "created") throw new Error(decision.outcome);
    addCounters(sums, countersOf(decision.next, defaults));
    for (const [label, text] of labelsOf(decision.next)) labels.set(label, text);
    const reference = franchisee.collection("transactions").doc(stripePaymentId);
    batch.create(reference, toFirestore(decision.next));
    if (index % BATCH_SIZE === BATCH_SIZE - 1) {
      await batch.commit();
      batch = database.batch();
    }
  }
  await batch.commit();
  for (const [document, fields] of Map.groupBy([...sums, ...labels], ([field]) => documentOf(field))) {
    const reference = document === "lifetime" ? franchisee : franchisee.collection("revenue").doc(document);
    await reference.set(toNestedFields(fields.map(([field, value]) => [fieldOf(field), value])));
  }
}

interface Nested {
  [field: string]: unknown;
}

/** Nests values whose fields are paths. */
function toNestedFields(values: Iterable<readonly [field: string, value: unknown]>): Nested {
  const fields: Nested = {};
  for (const [path, value] of values) {
    const parts = path.split("/");
    const last = parts.pop() ?? "";
    let map = fields;
    for (const part of parts) {
      const inner: Nested = isNested(map[part]) ? map[part] : {};
      map[part] = inner;
      map = inner;
    }
    map[last] = value;
  }
  return fields;
}

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null;
}
