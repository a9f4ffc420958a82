/** Reads untrusted values: a field that is missing or of another type is null. */
type Fields = Record<string, unknown>;

export interface Money {
  currency: string;
  /** In minor units. */
  amount: number;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) found = isFields(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

export function entriesAt(value: unknown, ...path: string[]): [name: string, value: unknown][] {
  const found = valueAt(value, ...path);
  return isFields(found) ? Object.entries(found) : [];
}

export function textAt(value: unknown, ...path: string[]): string | null {
  const found = valueAt(value, ...path);
  return typeof found === "string" && found !== "" ? found : null;
}

export function numberAt(value: unknown, ...path: string[]): number | null {
  const found = valueAt(value, ...path);
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}

export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function moneyAt(value: unknown, ...path: string[]): Money | null {
  const currency = textAt(value, ...path, "currency");
  return currency === null ? null : { currency, amount: numberAt(value, ...path, "amount") ?? 0 };
}

/** A Firestore Timestamp as a Date. */
export function dateAt(value: unknown, ...path: string[]): Date | null {
  const found = valueAt(value, ...path);
  const date: unknown = isTimestamp(found) ? found.toDate() : null;
  return date instanceof Date ? date : null;
}

function isTimestamp(value: unknown): value is { toDate: () => unknown } {
  return typeof value === "object" && value !== null && "toDate" in value && typeof value.toDate === "function";
}
