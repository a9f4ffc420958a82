/** Texts that may mean a customer without naming them exactly. An operator decides about them; nothing erases them. Pure. */
import { formsOf, redacted } from "./personal-text.ts";

/** Begins where such a text begins, and nowhere within it: a long one is looked at once. */
const CANDIDATE = /(?<![^\s<>(),;:"'|{}[\]=/@])[^\s<>(),;:"'|{}[\]=/@]+@[^\s<>(),;:"'|{}[\]=/@]+/gu;

/** Shorter ones are found in every text without its spaces. */
const MIN_SQUASHED = 8;
const MIN_DIGITS = 7;
/** National numbers have so many digits at the most, without what is dialled before them. */
const MAX_DIGITS = 9;

/**
 * Finds what in a text resembles this address (from `addressOf`), or one of these names and phone numbers; null if nothing does. An address that is
 * one edit away, has the same mailbox at a similar domain, or differs in dots or a `+tag`; the address or a name written
 * apart, together or as words ("at", "dot"), a name in another order, a number in other groups.
 */
export function nearMissFinder(address: string, personal: readonly string[]): (text: string) => string | null {
  const ways = [address, ...personal].flatMap(waysToWrite);
  const numbers = personal.flatMap(digitsOf);
  return (text) => {
    for (const form of formsOf(text)) {
      const addresses = form.toLowerCase().match(CANDIDATE) ?? [];
      const similar = addresses.find((one) => one.includes(address) || isSimilar(one, address));
      if (similar !== undefined) return similar;
      const letters = squashed(form);
      const digits = form.replaceAll(/[\s().+/-]/g, "");
      const isWritten = ways.some((way) => letters.includes(way)) || numbers.some((number) => digits.includes(number));
      if (isWritten || redacted(form, personal) !== form) return form;
    }
    return null;
  };
}

/** Letters and digits, in lower case. */
function squashed(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** The ways to write an address or a name without any signs. */
function waysToWrite(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const spelled = text.replace("@", "at").replaceAll(".", "dot");
  const ways = [text, words.toReversed().join(" "), ...(text.includes("@") ? [spelled, text.replace("@", "at")] : [])];
  return ways.map(squashed).filter((way) => way.length >= MIN_SQUASHED && !/^\p{N}+$/u.test(way));
}

/** The end of a phone number. */
function digitsOf(text: string): string[] {
  const number = text.replaceAll(/\D/g, "").slice(-MAX_DIGITS);
  return /\p{L}/u.test(text) || number.length < MIN_DIGITS ? [] : [number];
}

function isSimilar(candidate: string, address: string): boolean {
  if (isWithinEdits(candidate, address, 1)) return true;
  const [one, other] = [partsOf(candidate), partsOf(address)];
  if (one.mailbox !== other.mailbox) return false;
  const isNested = one.domain.endsWith(`.${other.domain}`) || other.domain.endsWith(`.${one.domain}`);
  return isNested || one.company === other.company || isWithinEdits(one.domain, other.domain, 2);
}

/** An address without what many mail services ignore. */
function partsOf(address: string) {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1).replace(/^googlemail\.com$/, "gmail.com");
  const mailbox = address.slice(0, at).replace(/\+.*/, "").replaceAll(".", "");
  return { mailbox, domain, company: domain.split(".")[0] ?? domain };
}

/** Whether so many insertions, deletions, replacements and swaps of neighbours make one text the other. */
function isWithinEdits(a: string, b: string, edits: number): boolean {
  if (a === b) return true;
  if (edits === 0 || Math.abs(a.length - b.length) > edits) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  const swapped = `${restA[1] ?? ""}${restA[0] ?? ""}${restA.slice(2)}`;
  return (
    isWithinEdits(restA.slice(1), restB.slice(1), edits - 1) ||
    isWithinEdits(restA.slice(1), restB, edits - 1) ||
    isWithinEdits(restA, restB.slice(1), edits - 1) ||
    (swapped[0] === restB[0] && isWithinEdits(swapped, restB, edits - 1))
  );
}
