import { createHash } from "node:crypto";
import { type DocumentSnapshot, type FieldPath, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { AppError } from "../errors.ts";

/** The value of the field that a list is sorted by before the id; null if it is sorted by id alone. */
type SortKey = Timestamp | number | string | boolean | null;

export interface Position {
  key: SortKey;
  id: string;
}

/**
 * The position of a document in a list sorted by this field, or by id if it is null. Throws if a cursor cannot encode
 * the value.
 */
export function positionOf(snapshot: DocumentSnapshot, field: string | FieldPath | null): Position {
  return { key: field === null ? null : sortKeySchema.parse(snapshot.get(field)), id: snapshot.id };
}

const sortKeySchema = z.union([z.instanceof(Timestamp), z.number(), z.string(), z.boolean()]);

/** https://firebase.google.com/docs/firestore/quotas#limits */
const MAX_ID_BYTES = 1_500;

/** A text that Firestore accepts. */
const textSchema = z.string().refine((text) => text.isWellFormed() && Buffer.byteLength(text) <= MAX_ID_BYTES);

/** A segment of a path. */
const idSchema = textSchema.regex(/^(?!\.{1,2}$|__.*__$)[^/]+$/s);

/** Firestore's range of timestamps: seconds of the years 1 to 9999, and nanoseconds. */
const timeParts = [z.int().min(-62_135_596_800).max(253_402_300_799), z.int().min(0).max(999_999_999)] as const;

const keySchema = z.union([z.number(), textSchema, z.boolean()]);

/** The parts of the key, the id, a checksum. */
const payloadSchema = z.union([
  z.tuple([...timeParts, idSchema, z.string()]).transform(([seconds, nanoseconds, id, sum]) => {
    return { position: { key: new Timestamp(seconds, nanoseconds), id }, sum };
  }),
  z.tuple([keySchema, idSchema, z.string()]).transform(([key, id, sum]) => ({ position: { key, id }, sum })),
  z.tuple([idSchema, z.string()]).transform(([id, sum]) => ({ position: { key: null, id }, sum })),
]);

/**
 * The cursor of a position. `scope` names the list and its order, and the cursor is valid for no other. The checksum
 * detects damage; it is no secret, because a position reveals none.
 */
export function encodeCursor(position: Position, scope: string): string {
  const payload = [...partsOf(position), checksum(position, scope)];
  return Buffer.from(JSON.stringify(payload)).toString("base64url");
}

/** Throws AppError `invalid_request` unless `encodeCursor` created the cursor for this scope. */
export function decodeCursor(cursor: string, scope: string): Position {
  const bytes = Buffer.from(cursor, "base64url");
  const payload = payloadSchema.safeParse(parseJson(bytes.toString()));
  if (payload.success && bytes.toString("base64url") === cursor) {
    const { position, sum } = payload.data;
    if (sum === checksum(position, scope)) return position;
  }
  const message = "not a cursor of this list; start again without one";
  throw new AppError("invalid_request", "The cursor is not valid.", { details: [{ path: "query.cursor", message }] });
}

function partsOf({ key, id }: Position): (number | string | boolean)[] {
  if (key === null) return [id];
  return key instanceof Timestamp ? [key.seconds, key.nanoseconds, id] : [key, id];
}

function checksum(position: Position, scope: string): string {
  return createHash("sha256")
    .update(JSON.stringify([...partsOf(position), scope]))
    .digest("base64url")
    .slice(0, 12);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
