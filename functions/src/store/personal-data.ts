/** Personal data in the fields of documents, of whatever age and form, as they are stored. */
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
  const isReference = typeof value === "object" && value !== null && "path" in value && typeof value.path === "string";
  return isReference ? [String(value.path)] : [];
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
  const cleaned = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (erasure.isMention !== true && isPersonal(name)) return [name, null];
    if (name === "workshopId" && typeof value === "string") return [name, redactedId(value, erasure)];
    return [
      redacted(name, erasure.addresses),
      cleanValue(value, erasure, name === "details" ? false : isOfBooks || BOOKS.has(name)),
    ];
  });
  const clean = Object.fromEntries(cleaned);
  return { ...clean, ...("search" in fields && { search: searchedBy(clean) }) };
}

function cleanValue(value: unknown, erasure: Cleaning, isOfBooks: boolean): unknown {
  if (typeof value === "string") return redacted(value, isOfBooks ? erasure.addresses : erasure.personal);
  if (Array.isArray(value)) return value.map((one: unknown) => cleanValue(one, erasure, isOfBooks));
  return isMap(value) ? cleanFields(value, erasure, isOfBooks) : value;
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
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(textsIn);
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? [] : [text];
}

/** A map of Firestore's; its times and references are no maps. */
function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
