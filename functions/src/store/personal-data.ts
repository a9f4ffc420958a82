/** Personal data in the fields of documents, of whatever age and form, as they are stored. */
import { isUtf8 } from "node:buffer";
import { type ErasedTexts, PERSONAL_FIELDS, redactedId, WORKSHOP_FIELDS } from "../domain/erasure.ts";
import { addressOf, redacted } from "../domain/personal-text.ts";
import { searchTerms } from "../domain/search.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Every text in a field that says who pays: in what is shown, in the golden record, and in Stripe's details. */
export function personalTexts(fields: unknown): string[] {
  return textsUnder(fields, PERSONAL_FIELDS);
}

/** Every text in a field that describes the workshop. */
export function workshopTexts(fields: unknown): string[] {
  return textsUnder(fields, WORKSHOP_FIELDS);
}

function textsUnder(fields: unknown, names: readonly string[]): string[] {
  if (!isMap(fields)) return [];
  return Object.entries(fields).flatMap(([name, value]) =>
    names.includes(name) ? textsIn(value) : textsUnder(value, names),
  );
}

/** Every text of a document, wherever it stands: values, the names of fields, the paths of references, bytes. */
export function allTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString("utf8")];
  if (Array.isArray(value)) return value.flatMap(allTexts);
  if (isMap(value)) return Object.entries(value).flatMap(([name, inner]) => [name].concat(allTexts(inner)));
  return isReference(value) ? [value.path] : [];
}

/** A reference in a document: the path of its field, and of what it refers to. */
export interface StoredReference {
  field: string;
  target: string;
}

/** The references of a document, wherever they stand. Nothing can be erased from what they refer to. */
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
 * The same fields, of nobody unless somebody else paid, and found by no name that is gone; without these texts in any other. From what
 * the books go by, such as a status or an id, only addresses are erased: a name can be a word of theirs.
 */
export function fieldsWithoutPerson(
  fields: Fields,
  personal: readonly string[],
  rest: Omit<ErasedTexts, "personal"> = {},
): Fields {
  const addresses = personal.filter((text) => addressOf(text) !== null);
  return cleanFields(fields, { personal, ...rest, addresses }, false);
}

/** Of `personal`, the addresses, told apart once for all fields. */
type Cleaning = ErasedTexts & { addresses: readonly string[] };

function cleanFields(fields: Fields, erasure: Cleaning, isOfBooks: boolean): Fields {
  const names = cleanNames(Object.keys(fields), erasure.addresses);
  const cleaned = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (erasure.isMention !== true && isPersonal(name)) return [name, null];
    if (name === "workshopId" && typeof value === "string") return [name, redactedId(value, erasure)];
    return [
      names.get(name) ?? name,
      cleanValue(value, erasure, name === "details" ? false : isOfBooks || BOOKS.has(name)),
    ];
  });
  const clean = Object.fromEntries(cleaned);
  return { ...clean, ...("search" in fields && { search: searchedBy(clean) }) };
}

/** What the fields of one map are called without these addresses. What would have the name of another is numbered, so that no value is lost. */
function cleanNames(names: readonly string[], addresses: readonly string[]): ReadonlyMap<string, string> {
  const changed = names.map((name) => [name, redacted(name, addresses)] as const).filter(([name, to]) => name !== to);
  const gone = new Set(changed.map(([name]) => name));
  const taken = new Set(names.filter((name) => !gone.has(name)));
  return new Map(
    changed.map(([name, to]) => {
      let free = to;
      for (let number = 2; taken.has(free); number += 1) free = `${to} (${number})`;
      taken.add(free);
      return [name, free];
    }),
  );
}

function cleanValue(value: unknown, erasure: Cleaning, isOfBooks: boolean): unknown {
  const texts = isOfBooks ? erasure.addresses : erasure.personal;
  if (typeof value === "string") return redacted(value, texts);
  if (value instanceof Uint8Array) return cleanBytes(value, texts);
  if (Array.isArray(value)) return value.map((one: unknown) => cleanValue(one, erasure, isOfBooks));
  return isMap(value) ? cleanFields(value, erasure, isOfBooks) : value;
}

/** Bytes that are no text keep all others; only an address that is encoded in them costs what is no text. */
function cleanBytes(bytes: Uint8Array, texts: readonly string[]): Uint8Array {
  let clean = bytes;
  for (const encoding of isUtf8(bytes) ? (["utf8"] as const) : (["latin1", "utf8"] as const)) {
    const text = Buffer.from(clean).toString(encoding);
    const left = redacted(text, texts);
    if (left !== text) clean = Buffer.from(left, encoding);
  }
  return clean;
}

/** Fields of this service that no person writes. */
const BOOKS: ReadonlySet<string> = new Set(
  "stripePaymentId currency status source day exception stripeState by stripe reconciliation differences amounts".split(
    " ",
  ),
);

function searchedBy(fields: Fields): string[] {
  const text = (name: string): string | null => (typeof fields[name] === "string" ? fields[name] : null);
  return searchTerms({
    name: text("name"),
    email: text("email"),
    workshopName: text("workshopName"),
    workshopId: text("workshopId"),
  });
}

function isPersonal(name: string): boolean {
  return PERSONAL_FIELDS.some((field) => field === name);
}

/** The legacy service stored whatever it was sent: a number, a list, fields within fields. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value) || isMap(value)) return Object.values(value).flatMap(textsIn);
  if (typeof value === "object") return allTexts(value);
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? [] : [text];
}

/** A map of Firestore's; its times and references are no maps. */
function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
