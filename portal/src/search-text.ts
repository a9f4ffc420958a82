/**
 * What was searched for last, kept for this tab only, so that it survives a reload and the way back. It may be a
 * customer's name, so it is in no URL.
 */
const KEY = "search";

export function savedSearch(uid: string): string {
  const saved: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  return Array.isArray(saved) && saved[0] === uid && typeof saved[1] === "string" ? saved[1] : "";
}

export function saveSearch(uid: string, text: string): void {
  sessionStorage.setItem(KEY, JSON.stringify([uid, text]));
}

export function forgetSearch(): void {
  sessionStorage.removeItem(KEY);
}
