import type { DocumentReference, Firestore } from "firebase-admin/firestore";
import { Timestamp } from "firebase-admin/firestore";
import indexes from "../../../firestore.indexes.json" with { type: "json" };

// Sizes by https://firebase.google.com/docs/firestore/storage-size. The emulator states none.

/** Bytes added to the name of each document, to each document and to each index entry. */
const NAME = 16;
const DOCUMENT = 32;
const ENTRY = 32;

/** The bytes of a document and all below it, with their index entries, by collection. */
export async function storedBytes(
  reference: DocumentReference,
): Promise<Map<string, { count: number; bytes: number }>> {
  const sums = new Map<string, { count: number; bytes: number }>();
  const add = async (document: DocumentReference): Promise<void> => {
    const { id } = document.parent;
    const data = (await document.get()).data();
    const sum = sums.get(id) ?? { count: 0, bytes: 0 };
    sum.count += 1;
    sum.bytes += data === undefined ? 0 : documentBytes(document.path, data);
    sums.set(id, sum);
    for (const collection of await document.listCollections()) {
      for (const child of await collection.listDocuments()) await add(child);
    }
  };
  await add(reference);
  return sums;
}

/** The bytes of the documents of a top-level collection, with their index entries. */
export async function collectionBytes(database: Firestore, name: string): Promise<{ count: number; bytes: number }> {
  const { docs } = await database.collection(name).get();
  const bytes = docs.reduce((sum, one) => sum + documentBytes(one.ref.path, one.data()), 0);
  return { count: docs.length, bytes };
}

/** The bytes of a document and of its index entries. */
export function documentBytes(path: string, data: Readonly<Record<string, unknown>>): number {
  const names = path.split("/");
  const name = nameBytes(names);
  const parent = names.length > 2 ? nameBytes(names.slice(0, -2)) : 0;
  const group = names.at(-2) ?? "";
  return (
    name +
    valueBytes(data) +
    DOCUMENT +
    singleEntries(group, data, name + parent) +
    compositeEntries(group, data, name, parent)
  );
}

function nameBytes(names: readonly string[]): number {
  return names.reduce((sum, one) => sum + textBytes(one), NAME);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text) + 1;
}

function valueBytes(value: unknown): number {
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number" || value instanceof Timestamp) return 8;
  if (typeof value === "string") return textBytes(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + valueBytes(one), 0);
  if (typeof value !== "object") throw new Error(`A value of an unknown type: ${typeof value}`);
  return Object.entries(value).reduce((sum, [field, one]) => sum + textBytes(field) + valueBytes(one), 0);
}

/** The number of single-field indexes of each field that differs from the default. */
const OVERRIDES = new Map(
  indexes.fieldOverrides.map((one) => [`${one.collectionGroup} ${one.fieldPath}`, one.indexes.length] as const),
);

/** An array has an entry for each element; a map's fields have the indexes of the map. */
function singleEntries(group: string, data: object, names: number, prefix = "", inherited = 2): number {
  let bytes = 0;
  for (const [field, value] of Object.entries(data) as [string, unknown][]) {
    const path = prefix + field;
    const count = OVERRIDES.get(`${group} ${path}`) ?? inherited;
    const entry = (one: unknown): number => names + textBytes(path) + valueBytes(one) + ENTRY;
    if (Array.isArray(value)) bytes += count === 0 ? 0 : value.reduce<number>((sum, one) => sum + entry(one), 0);
    else if (typeof value === "object" && value !== null && !(value instanceof Timestamp))
      bytes += singleEntries(group, value, names, `${path}.`, count);
    else bytes += count * entry(value);
  }
  return bytes;
}

function compositeEntries(
  group: string,
  data: Readonly<Record<string, unknown>>,
  name: number,
  parent: number,
): number {
  let bytes = 0;
  for (const { collectionGroup, queryScope, fields } of indexes.indexes) {
    const values = fields.map(({ fieldPath }) => data[fieldPath]);
    if (collectionGroup !== group || values.includes(undefined)) continue;
    const arrays = values.filter((value): value is unknown[] => Array.isArray(value));
    const entries = arrays.reduce((product, { length }) => product * length, 1);
    const elements = arrays.reduce((sum, array) => sum + valueBytes(array), 0);
    const others = values
      .filter((value) => !Array.isArray(value))
      .reduce<number>((sum, one) => sum + valueBytes(one), 0);
    bytes += entries * (name + (queryScope === "COLLECTION" ? parent : 0) + others + ENTRY) + elements;
  }
  return bytes;
}
