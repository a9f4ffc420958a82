import { createHash } from "node:crypto";
import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { AppError } from "../errors.ts";

/** A place in a list that is sorted by `createdAt` and id, to the nanosecond. */
export interface Position {
  createdAt: Timestamp;
  id: string;
}

/** Where a listed document stands. */
export function positionOf(snapshot: DocumentSnapshot): Position {
  return { createdAt: z.instanceof(Timestamp).parse(snapshot.get("createdAt")), id: snapshot.id };
}

/** What Firestore can hold: seconds of the years 1 to 9999, and an id that is one part of a path. */
const payloadSchema = z.tuple([
  z.int().min(-62_135_596_800).max(253_402_300_799),
  z.int().min(0).max(999_999_999),
  z.string().regex(/^(?!\.{1,2}$|__.*__$)[^/]{1,1500}$/),
  z.string(),
]);

/**
 * The cursor for what follows a position. `scope` names the list (franchisee and filters): the cursor is good for no
 * other. Its checksum tells a damaged cursor from a good one; it guards no secret, since a position reveals none.
 */
export function encodeCursor({ createdAt, id }: Position, scope: string): string {
  const { seconds, nanoseconds } = createdAt;
  const payload = [seconds, nanoseconds, id, checksum(seconds, nanoseconds, id, scope)];
  return Buffer.from(JSON.stringify(payload)).toString("base64url");
}

/** Throws AppError `invalid_request` for anything that `encodeCursor` did not make for this scope. */
export function decodeCursor(cursor: string, scope: string): Position {
  const bytes = Buffer.from(cursor, "base64url");
  const payload = payloadSchema.safeParse(parseJson(bytes.toString()));
  if (payload.success && bytes.toString("base64url") === cursor) {
    const [seconds, nanoseconds, id, sum] = payload.data;
    if (sum === checksum(seconds, nanoseconds, id, scope))
      return { createdAt: new Timestamp(seconds, nanoseconds), id };
  }
  const message = "not a cursor of this list; start again without one";
  throw new AppError("invalid_request", "The cursor is not valid.", { details: [{ path: "query.cursor", message }] });
}

function checksum(seconds: number, nanoseconds: number, id: string, scope: string): string {
  return createHash("sha256")
    .update(JSON.stringify([seconds, nanoseconds, id, scope]))
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
