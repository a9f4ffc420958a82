import {
  DocumentReference,
  FieldValue,
  GeoPoint,
  type Precondition,
  Timestamp,
  type v1,
} from "firebase-admin/firestore";

/** The fields of a document, by their names. */
export type Fields = Readonly<Record<string, unknown>>;

/** The path of a field, and its form in requests. */
export class Path {
  readonly segments: readonly string[];
  /** https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#google.firestore.v1.DocumentMask */
  readonly encoded: string;

  constructor(...segments: readonly [string, ...string[]]) {
    this.segments = segments;
    this.encoded = segments.map(quoted).join(".");
  }
}

function quoted(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

/** A field's new value, which may be one of the two below. */
export type FieldChange = readonly [path: Path, value: unknown];

/** Adds to a number; a missing field counts as 0. */
export class Increment {
  readonly by: number;

  constructor(by: number) {
    this.by = by;
  }
}

/** Removes the field. */
export const REMOVED = Symbol("removed");

type CommitRequest = NonNullable<Parameters<InstanceType<typeof v1.FirestoreClient>["commit"]>[0]>;
type Write = NonNullable<CommitRequest["writes"]>[number];
type Transform = NonNullable<Write["updateTransforms"]>[number];
type Value = NonNullable<NonNullable<NonNullable<Write["update"]>["fields"]>[string]>;

/**
 * The writes of one commit, in the form of Firestore's RPC API. Values are stored as the SDK stores them. Throws for a
 * value that Firestore cannot store, such as undefined.
 */
export class Writes {
  readonly protos: Write[] = [];
  readonly #documents: string;

  /** `database` is `projects/…/databases/…`. */
  constructor(database: string) {
    this.#documents = `${database}/documents`;
  }

  /** Creates a document. The commit fails with ALREADY_EXISTS if it exists. */
  create({ path }: DocumentReference, fields: Fields): void {
    this.protos.push({ update: this.#document(path, fields), currentDocument: { exists: false } });
  }

  /** Creates or replaces a document. */
  set({ path }: DocumentReference, fields: Fields): void {
    this.protos.push({ update: this.#document(path, fields) });
  }

  /** Changes fields of a document, which it creates if it does not exist. */
  merge(reference: DocumentReference, changes: Iterable<FieldChange>): void {
    this.protos.push(this.#changed(reference, changes));
  }

  /**
   * Changes fields of a document; without changes, nothing is written. By default the document must exist. The commit
   * fails with FAILED_PRECONDITION, NOT_FOUND or ALREADY_EXISTS.
   */
  update(reference: DocumentReference, changes: readonly FieldChange[], precondition?: Precondition): void {
    if (changes.length === 0) return;
    this.protos.push({ ...this.#changed(reference, changes), currentDocument: encodePrecondition(precondition) });
  }

  /** Deletes a document. The commit fails with FAILED_PRECONDITION. */
  delete({ path }: DocumentReference, precondition: Precondition): void {
    this.protos.push({ delete: this.#name(path), currentDocument: encodePrecondition(precondition) });
  }

  #changed({ path }: DocumentReference, changes: Iterable<FieldChange>): Write {
    const fields: Record<string, Value> = {};
    const fieldPaths: string[] = [];
    const updateTransforms: Transform[] = [];
    for (const [{ segments, encoded }, value] of changes) {
      if (value instanceof Increment) {
        updateTransforms.push({ fieldPath: encoded, increment: this.#value(value.by) });
      } else {
        fieldPaths.push(encoded);
        if (value !== REMOVED) place(fields, segments, this.#value(value));
      }
    }
    return { update: { name: this.#name(path), fields }, updateMask: { fieldPaths }, updateTransforms };
  }

  #document(path: string, fields: Fields): { name: string; fields: Record<string, Value> } {
    return { name: this.#name(path), fields: this.#values(fields) };
  }

  #name(path: string): string {
    return `${this.#documents}/${path}`;
  }

  #values(fields: Fields): Record<string, Value> {
    const values: Record<string, Value> = {};
    for (const name of Object.keys(fields)) values[name] = this.#value(fields[name]);
    return values;
  }

  #value(value: unknown): Value {
    if (value === null) return { nullValue: "NULL_VALUE" };
    if (typeof value === "string") return { stringValue: value };
    if (typeof value === "boolean") return { booleanValue: value };
    if (typeof value === "number") return encodeNumber(value);
    if (typeof value === "bigint") return { integerValue: String(value) };
    if (value instanceof Date) return { timestampValue: encodeTimestamp(Timestamp.fromDate(value)) };
    if (value instanceof Timestamp) return { timestampValue: encodeTimestamp(value) };
    if (Array.isArray(value)) return { arrayValue: { values: value.map((element) => this.#value(element)) } };
    if (value instanceof Uint8Array) return { bytesValue: value };
    if (value instanceof GeoPoint) return { geoPointValue: { latitude: value.latitude, longitude: value.longitude } };
    if (value instanceof DocumentReference) return { referenceValue: this.#name(value.path) };
    if (isVector(value)) return encodeVector(value);
    if (isPlain(value)) return { mapValue: { fields: this.#values(value) } };
    throw new TypeError(`Firestore cannot store a value of type ${typeof value}.`);
  }
}

/** Puts a value into the map at a path, and adds the maps on the way. */
function place(fields: Record<string, Value>, segments: readonly string[], value: Value): void {
  let map = fields;
  for (const segment of segments.slice(0, -1)) {
    const inner = Object.hasOwn(map, segment) ? (map[segment]?.mapValue?.fields ?? {}) : {};
    map[segment] = { mapValue: { fields: inner } };
    map = inner;
  }
  map[segments.at(-1) ?? ""] = value;
}

function encodeNumber(value: number): Value {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? { integerValue: value } : { doubleValue: value };
}

function encodeTimestamp({ seconds, nanoseconds }: Timestamp): { seconds: number; nanos: number } {
  return { seconds, nanos: nanoseconds };
}

function encodePrecondition({ exists, lastUpdateTime }: Precondition = { exists: true }) {
  return lastUpdateTime ? { updateTime: encodeTimestamp(lastUpdateTime) } : { exists: exists ?? true };
}

type Vector = ReturnType<typeof FieldValue.vector>;

/** firebase-admin does not export the class of vectors. */
const VECTOR = FieldValue.vector([]).constructor;

function isVector(value: unknown): value is Vector {
  return value instanceof VECTOR;
}

/** A vector is a map with two reserved fields: @google-cloud/firestore 7.11.6, serializer.ts, encodeVector. */
function encodeVector(vector: Vector): Value {
  const values = vector.toArray().map((number) => ({ doubleValue: number }));
  return { mapValue: { fields: { __type__: { stringValue: "__vector__" }, value: { arrayValue: { values } } } } };
}

function isPlain(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** One change per field of a document. */
export function changesOf(fields: Fields): FieldChange[] {
  return Object.entries(fields).map(([name, value]) => [new Path(name), value]);
}
