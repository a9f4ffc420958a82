/** Reading what comes from outside, where nothing is certain: what is not there, or of another type, is null. */
type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at this place within nested fields. */
export function at(value: unknown, ...path: string[]): unknown {
  let place = value;
  for (const name of path) place = isFields(place) && Object.hasOwn(place, name) ? place[name] : undefined;
  return place;
}

export function entriesAt(value: unknown, ...path: string[]): [name: string, value: unknown][] {
  const place = at(value, ...path);
  return isFields(place) ? Object.entries(place) : [];
}

export function textAt(value: unknown, ...path: string[]): string | null {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" ? found : null;
}

export function numberAt(value: unknown, ...path: string[]): number | null {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}

export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A time as Firestore's client gives it: whatever can be made a Date. */
export function dateAt(value: unknown, ...path: string[]): Date | null {
  const found = at(value, ...path);
  if (!isTimed(found)) return null;
  const date: unknown = found.toDate();
  return date instanceof Date ? date : null;
}

function isTimed(value: unknown): value is { toDate: () => unknown } {
  return typeof value === "object" && value !== null && "toDate" in value && typeof value.toDate === "function";
}
