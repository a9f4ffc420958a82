/** Personal data in the stored fields of documents of any version. */
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { redactedId } from "../domain/erasure.ts";
import type { ErasedTexts } from "../domain/observation.ts";
import { PERSONAL_FIELDS, DESCRIPTIVE_FIELDS } from "../domain/payment-details.ts";
import { addressOf, redacted } from "../domain/personal-text.ts";
import { searchTerms } from "../domain/search.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The texts of all fields that identify the payer, at any depth. */
export function personalTexts(fields: unknown): string[] {
  return textsUnder(fields, PERSONAL_FIELDS);
}

export function workshopTexts(fields: unknown): string[] {
  return textsUnder(fields, DESCRIPTIVE_FIELDS);
}

function textsUnder(fields: unknown, names: readonly string[]): string[] {
  if (!isMap(fields)) return [];
  return Object.entries(fields).flatMap(([name, value]) =>
    names.includes(name) ? textsIn(value) : textsUnder(value, names),
  );
}

/** Every text of a document: values, field names, paths of references, bytes. */
export function allTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString("utf8")];
  if (Array.isArray(value)) return value.flatMap(allTexts);
  if (isMap(value)) return Object.entries(value).flatMap(([name, inner]) => [name].concat(allTexts(inner)));
  return isReference(value) ? [value.path] : [];
}

export interface StoredReference {
  field: string;
  target: string;
}

export function referencesIn(value: unknown, field = ""): StoredReference[] {
  if (isReference(value)) return [{ field, target: value.path }];
  const fields: [string, unknown][] = Array.isArray(value) || isMap(value) ? Object.entries(value) : [];
  return fields.flatMap(([name, inner]) => referencesIn(inner, field === "" ? name : `${field}.${name}`));
}

function isReference(value: unknown): value is { path: string } {
  return (
    typeof value === "object" && value !== null && "path" in value && typeof value.path === "string" && !isMap(value)
  );
}

/**
 * The fields, and the search terms made of them, without the customer's personal data. In system fields, such as a
 * status or an id, only addresses are erased: a name may be a normal word there.
 */
export function redactFields(fields: Fields, erasure: ErasedTexts): Fields {
  const addresses = erasure.personal.filter((text) => addressOf(text) !== null);
  return cleanFields(fields, { ...erasure, addresses }, false);
}

/** `addresses` are those among `personal`. */
type Cleaning = ErasedTexts & { addresses: readonly string[] };

function cleanFields(fields: Fields, erasure: Cleaning, isSystemField: boolean): Fields {
  const names = cleanNames(Object.keys(fields), erasure.addresses);
  const cleaned = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (erasure.isMention !== true && isPersonal(name)) return [name, null];
    if (name === "workshopId" && typeof value === "string") return [name, redactedId(value, erasure)];
    const isSystem = name !== "details" && (isSystemField || SYSTEM_FIELDS.has(name));
    return [names.get(name) ?? name, cleanValue(value, erasure, isSystem)];
  });
  const clean = Object.fromEntries(cleaned);
  return { ...clean, ...("search" in fields && { search: searchTerms(searchableSchema.parse(clean)) }) };
}

/** The redacted names of a map's fields that contain these addresses. Names that become equal are numbered. */
function cleanNames(names: readonly string[], addresses: readonly string[]): ReadonlyMap<string, string> {
  const changed = names.map((name) => [name, redacted(name, addresses)] as const).filter(([name, to]) => name !== to);
  const taken = new Set(names).difference(new Map(changed));
  return new Map(
    changed.map(([name, to]) => {
      let free = to;
      for (let number = 2; taken.has(free); number += 1) free = `${to} (${number})`;
      taken.add(free);
      return [name, free];
    }),
  );
}

function cleanValue(value: unknown, erasure: Cleaning, isSystemField: boolean): unknown {
  const texts = isSystemField ? erasure.addresses : erasure.personal;
  if (typeof value === "string") return redacted(value, texts);
  if (value instanceof Uint8Array) return cleanBytes(value, texts);
  if (Array.isArray(value)) return value.map((one: unknown) => cleanValue(one, erasure, isSystemField));
  return isMap(value) ? cleanFields(value, erasure, isSystemField) : value;
}

/** Bytes that are not text change only if they contain one of the texts. */
function cleanBytes(bytes: Uint8Array, texts: readonly string[]): Uint8Array {
  let clean = bytes;
  for (const encoding of isUtf8(bytes) ? (["utf8"] as const) : (["latin1", "utf8"] as const)) {
    const text = Buffer.from(clean).toString(encoding);
    const result = redacted(text, texts);
    if (result !== text) clean = Buffer.from(result, encoding);
  }
  return clean;
}

/** Fields that this service writes. */
const SYSTEM_FIELDS: ReadonlySet<string> = new Set(
  "stripePaymentId currency status source day exception stripeState by stripe reconciliation differences amounts".split(
    " ",
  ),
);

/** Values of another type, which the legacy service stored, are in no search term. */
const searchableSchema = z.object({
  name: z.string().nullable().catch(null),
  email: z.string().nullable().catch(null),
  phone: z.string().nullable().catch(null),
  workshopName: z.string().nullable().catch(null),
  workshopId: z.string().nullable().catch(null),
  currency: z.string().catch(""),
  amount_total: z.number().catch(0),
  amount_franchisee_net: z.number().catch(0),
  status: z.string().nullable().catch(null),
  exception: z.string().nullable().catch(null),
  stripe: z
    .object({
      charged: z.object({ currency: z.string(), amount: z.number() }),
      amountRefunded: z.number().catch(0),
      disputes: z.array(z.unknown()).catch([]),
    })
    .nullable()
    .catch(null),
});

function isPersonal(name: string): boolean {
  return PERSONAL_FIELDS.some((field) => field === name);
}

/** The legacy service stored any value: a number, a list, nested fields. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value) || isMap(value)) return Object.values(value).flatMap(textsIn);
  if (typeof value === "object") return allTexts(value);
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? [] : [text];
}

/** A map; not a timestamp or a reference. */
function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
