/**
 * The fields of a golden record that describe a payment. A value of another type must not keep the payment from being recorded: one
 * that says the same in the field's type is taken as that, and any other is left out, never stored as something that was not sent.
 */
import { z } from "zod";

interface Field<T extends string | number> {
  schema: z.ZodType<T | null>;
  /** The value in the field's type; null where that would lose something. */
  take: (value: unknown) => T | null;
  expected: string;
}

function textField(max: number): Field<string> {
  const take = (value: unknown): string | null => {
    // Ill-formed Unicode cannot be stored: Firestore would store something else than was sent.
    if (typeof value === "string") return value.length <= max && value.isWellFormed() ? value : null;
    if (typeof value === "boolean") return String(value);
    return typeof value === "number" && isExact(value) ? String(value) : null;
  };
  const schema = z.preprocess(take, z.string().max(max).nullable().default(null));
  return { schema, take, expected: `well-formed text of at most ${max} characters` };
}

function countField(): Field<number> {
  const take = (value: unknown): number | null => {
    const isWrittenOut = typeof value === "string" && /^\s*\+?\d{1,15}(\.0*)?\s*$/.test(value);
    const number = isWrittenOut ? Number(value) : value;
    return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? Math.abs(number) : null;
  };
  const schema = z.preprocess(take, z.int().nonnegative().nullable().default(null));
  return { schema, take, expected: "a whole number of 0 or more" };
}

/** Whether a number has no more digits than a double holds; Infinity stands for one that had more (`readJson`). */
function isExact(value: number): boolean {
  if (Number.isInteger(value)) return Number.isSafeInteger(value);
  const digits = String(value).replace(/e.*/, "").replaceAll(/\D/g, "").replace(/^0+/, "");
  return Number.isFinite(value) && digits.length <= 15;
}

const MAX_TEXT = 500;
const MAX_EMAIL = 320;

const FIELDS = {
  name: textField(MAX_TEXT),
  email: textField(MAX_EMAIL),
  phone: textField(MAX_TEXT),
  workshopId: textField(MAX_TEXT),
  workshopName: textField(MAX_TEXT),
  workshopDate: textField(MAX_TEXT),
  workshopTime: textField(MAX_TEXT),
  participantCount: countField(),
  organizationType: textField(MAX_TEXT),
} as const;

/** The descriptive fields of `goldenRecordSchema`. They take anything. */
export const descriptionShape = {
  name: FIELDS.name.schema,
  email: FIELDS.email.schema,
  phone: FIELDS.phone.schema,
  workshopId: FIELDS.workshopId.schema,
  workshopName: FIELDS.workshopName.schema,
  workshopDate: FIELDS.workshopDate.schema,
  workshopTime: FIELDS.workshopTime.schema,
  participantCount: FIELDS.participantCount.schema,
  organizationType: FIELDS.organizationType.schema,
};

/**
 * What a sender should know about the descriptive fields of a record as it was sent: which were taken in another type, and which were
 * left out. A warning names the field and never says its value, which may be a customer's.
 */
export function descriptionWarnings(sent: unknown): string[] {
  const values = new Map<string, unknown>(typeof sent === "object" && sent !== null ? Object.entries(sent) : []);
  return Object.entries(FIELDS).flatMap(([field, { take, expected }]) => {
    const value = values.get(field) ?? null;
    if (value === null) return [];
    const taken = take(value);
    if (taken === null) return [`${field} was left out: expected ${expected}, received ${describe(value)}.`];
    if (typeof taken === typeof value) return [];
    return [
      `${field} was sent as a ${typeof value} and recorded as ${typeof taken === "string" ? "text" : "a number"}.`,
    ];
  });
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "number")
    return isExact(value) ? "another number" : "a number with more digits than can be read exactly";
  if (typeof value !== "string") return `a ${typeof value}`;
  return value.isWellFormed() ? `a text of ${value.length} characters` : "ill-formed Unicode";
}
