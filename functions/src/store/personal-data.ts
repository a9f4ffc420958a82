/** Personal data in the fields of transaction documents, of whatever age and form, as they are stored. */
import { PERSONAL_FIELDS, redacted } from "../domain/erasure.ts";
import { searchTerms } from "../domain/search.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Every text in a field that says who pays: in what is shown, in the golden record, and in Stripe's details. */
export function personalTexts(fields: unknown): string[] {
  if (!isMap(fields)) return [];
  return Object.entries(fields).flatMap(([name, value]) => (isPersonal(name) ? textsIn(value) : personalTexts(value)));
}

/** Every text that people wrote: a correction, and the reasons of a resolution and of a revision. */
export function writtenTexts(fields: unknown): string[] {
  if (!isMap(fields)) return [];
  return Object.entries(fields).flatMap(([name, value]) => (WRITTEN.has(name) ? textsIn(value) : writtenTexts(value)));
}

/** The same fields, of nobody, and found by no name; without these texts in what people wrote. */
export function fieldsWithoutPerson(fields: Fields, personal: readonly string[]): Fields {
  const blank = Object.entries(fields).map(([name, value]) => {
    if (isPersonal(name)) return [name, null] as const;
    if (WRITTEN.has(name) && typeof value === "string") return [name, redacted(value, personal)] as const;
    return [name, isMap(value) ? fieldsWithoutPerson(value, personal) : value] as const;
  });
  return { ...Object.fromEntries(blank), ...("search" in fields && { search: workshopTerms(fields) }) };
}

/** Of a golden record, of a resolution, and of a revision. */
const WRITTEN: ReadonlySet<string> = new Set(["correction", "reason"]);

function workshopTerms(fields: Fields): string[] {
  const text = (name: string): string | null => (typeof fields[name] === "string" ? fields[name] : null);
  return searchTerms({ name: null, email: null, workshopName: text("workshopName"), workshopId: text("workshopId") });
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
