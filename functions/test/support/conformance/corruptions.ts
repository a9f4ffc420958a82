import { z } from "zod";
import { type Program, type Typed, typeName } from "./program.ts";
import { propertiesOf } from "./sdk-types.ts";

/** Recorded objects with one error each, to prove that the compiler reports it. */

export interface Corruption extends Typed {
  what: string;
}

const objectSchema = z.record(z.string(), z.unknown());
type Json = z.infer<typeof objectSchema>;

/** The kinds of objects, where the SDK declares them, and which of their properties are enums. */
const KINDS: Readonly<Record<string, { file: string; declared?: string; enums: readonly string[] }>> = {
  accounts: { file: "Accounts", enums: ["type"] },
  balance: { file: "Balance", enums: [] },
  charges: { file: "Charges", enums: ["status"] },
  payment_intents: {
    file: "PaymentIntents",
    enums: ["status", "cancellation_reason", "capture_method", "confirmation_method"],
  },
  balance_transactions: { file: "BalanceTransactions", enums: ["type", "balance_type"] },
  transfers: { file: "Transfers", enums: [] },
  application_fees: { file: "ApplicationFees", enums: [] },
  refunds: { file: "Refunds", enums: ["reason", "pending_reason"] },
  disputes: { file: "Disputes", enums: ["status"] },
  payouts: { file: "Payouts", enums: ["type", "reconciliation_status"] },
  // The interface that each event type extends.
  events: { file: "Events", declared: "EventBase", enums: ["type"] },
  webhook_endpoints: { file: "WebhookEndpoints", enums: [] },
};

/**
 * For each kind: each property missing, null, an object or an unknown value; and an excess property in each nested
 * object.
 */
export function corruptionsOf(program: Program): Corruption[] {
  const made: Corruption[] = [];
  for (const [noun, { file, declared = typeName(noun), enums }] of Object.entries(KINDS)) {
    const type = `Stripe.${typeName(noun)}`;
    const recorded = objectsOf(program, type).toSorted((a, b) => sizeOf(a) - sizeOf(b));
    const [smallest, largest] = [recorded[0], recorded.at(-1)];
    if (!smallest || !largest) throw new Error(`No object of the type ${type} was recorded.`);
    const add = (what: string, value: Json) => void made.push({ what: `${type} ${what}`, type, value });
    for (const { name, isOptional, isNullable } of propertiesOf(`resources/${file}`, declared)) {
      const { [name]: value, ...rest } = smallest;
      if (!isOptional) add(`without ${name}`, rest);
      if (!isNullable) add(`with null as ${name}`, { ...rest, [name]: null });
      if (value !== undefined) add(`with another object as ${name}`, { ...rest, [name]: { of_another_api: null } });
      if (enums.includes(name)) add(`with an unknown value as ${name}`, { ...rest, [name]: "none_of_these" });
    }
    for (const path of objectsIn(largest, [])) {
      add(`with an excess property in ${path.join(".")}`, withOneMore(largest, path));
    }
  }
  return made;
}

/** Recorded objects of a type, retrieved or listed. */
function objectsOf({ values }: Program, type: string): Json[] {
  return values.flatMap(({ type: of, value }) => {
    if (of === type) return [objectSchema.parse(value)];
    return of === `Stripe.ApiList<${type}>` ? z.object({ data: z.array(objectSchema) }).parse(value).data : [];
  });
}

function sizeOf(object: Json): number {
  return JSON.stringify(object).length;
}

/** The paths of all nested objects except metadata, which accepts any property. Of a list, only the first object. */
function objectsIn(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (path.at(-1) === "metadata" || typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value);
  const inside = entries.flatMap(([key, one]) => objectsIn(one, [...path, key]));
  return Array.isArray(value) ? inside : [path, ...inside];
}

function withOneMore(object: Json, path: readonly string[]): Json {
  const [key, ...rest] = path;
  if (key === undefined) return { ...object, of_another_api: null };
  const inner = object[key];
  if (!Array.isArray(inner)) return { ...object, [key]: withOneMore(objectSchema.parse(inner), rest) };
  const [first, ...others] = z.array(objectSchema).parse(inner);
  return { ...object, [key]: [withOneMore(first ?? {}, rest.slice(1)), ...others] };
}
