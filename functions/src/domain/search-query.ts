/** What a typed text searches for. The portal bundles this module. */
import {
  addressesOf,
  addressTerm,
  amountsOf,
  amountTerm,
  isUnspaced,
  MIN_DIGITS,
  partsOf,
  phoneNumbersOf,
  phoneTerm,
  type Searchable,
  searchedWords,
  wholeOf,
  withoutFinalZeros,
  wordTerm,
} from "./search.ts";
import { withAsciiDigits } from "./words.ts";

/** A part of the typed text. A payment is found if all of them match. */
export interface Condition {
  /** A payment that matches has one of these search terms; empty if none is certain. */
  anyOf: readonly string[];
  matches: (payment: Searchable) => boolean;
}

export type SearchQuery =
  | { kind: "account" | "payment" | "charge" | "payout"; id: string }
  /** `similar`: what to search for instead if nothing is found; null if there is nothing else. */
  | { kind: "text"; conditions: readonly Condition[]; similar: readonly Condition[] | null }
  /** Nothing typed, or too few letters for any term. */
  | { kind: "short" };

/** Longer texts are cut. */
const MAX_TYPED = 300;
/** Further conditions are only checked, because each with terms costs a read before the first payment is read. */
const MAX_QUERIED = 8;

const ID = /(?<!\w)(acct|pi|ch|py|po)_[A-Za-z0-9]\w{0,249}/g;
const KINDS = { acct: "account", pi: "payment", ch: "charge", py: "charge", po: "payout" } as const;
/** A copied address of Stripe's dashboard may name an account as well. */
const PREFERRED = ["pi", "ch", "py", "po", "acct"] as const;

export function searchQuery(typed: string): SearchQuery {
  const text = typed.trim().slice(0, MAX_TYPED);
  const ids = text.match(ID) ?? [];
  for (const prefix of PREFERRED) {
    const id = ids.find((one) => one.startsWith(`${prefix}_`));
    if (id !== undefined) return { kind: KINDS[prefix], id };
  }
  const pieces = piecesOf(text);
  const conditions = conditionsOf(pieces, addressCondition);
  if (!conditions.some(({ anyOf }) => anyOf.length > 0)) return { kind: "short" };
  const hasAddress = pieces.some((piece) => addressCondition(piece) !== null);
  return { kind: "text", conditions, similar: hasAddress ? conditionsOf(pieces, () => null) : null };
}

/** Whether a payment matches all conditions. */
export function isMatch(payment: Searchable, conditions: readonly Condition[]): boolean {
  return conditions.every(({ matches }) => matches(payment));
}

const NUMERIC =
  /^(?:\p{Sc}|[-+(\u2212]*(?:[A-Za-z]{0,3}\p{Sc})?[\p{Nd}().,'\u2019+\-\u2010-\u2015]*\p{Nd}[)\p{Sc}]*)$/u;

function isNumeric(words: readonly string[]): boolean {
  return words.every((word) => NUMERIC.test(word));
}

/** The typed text without spaces, except for those inside a number, such as `1 898,96` or `604 555 0100`. */
function piecesOf(text: string): string[] {
  const groups: string[][] = [];
  for (const piece of text.split(/\s+/).filter((word) => word !== "")) {
    const last = groups.at(-1);
    if (last && isNumeric([...last, piece])) last.push(piece);
    else groups.push([piece]);
  }
  return groups.flatMap((group) => {
    const joined = group.join(" ");
    const isOne = amountReadings(joined).length > 0 || phoneDigits(joined).length >= FULL_NUMBER;
    return isOne ? [joined] : group;
  });
}

/** A condition without terms for some of the payments that match it. */
type Candidate = Condition & { isIncomplete?: true };

/** The conditions of all pieces; `special` is tried first. */
function conditionsOf(pieces: readonly string[], special: (piece: string) => Condition | null): Condition[] {
  const hasMoney = pieces.some((piece) => amountReadings(piece).length > 0);
  const all = pieces.flatMap((piece): Candidate[] => {
    const one = special(piece) ?? numberCondition(piece) ?? (hasMoney ? currencyCondition(piece) : null);
    return one ? [one] : partsOf(piece).map(wordCondition);
  });
  const isStated = all.some(({ anyOf, isIncomplete }) => anyOf.length > 0 && isIncomplete !== true);
  const certain = all.filter(({ anyOf, isIncomplete }) => anyOf.length > 0 && !(isStated && isIncomplete === true));
  const queried = new Set(certain.slice(0, MAX_QUERIED));
  return all.map((one) => ({ anyOf: queried.has(one) ? one.anyOf : [], matches: one.matches }));
}

function wordCondition(word: string): Condition {
  const term = wordTerm(word);
  return { anyOf: term === null ? [] : [term], matches: (payment) => hasWord(payment, word) };
}

function hasWord(payment: Searchable, word: string): boolean {
  return searchedWords(payment).some((one) => (isUnspaced(word) ? one.includes(word) : one.startsWith(word)));
}

function addressCondition(piece: string): Condition | null {
  const [address] = addressesOf(piece);
  if (address === undefined) return null;
  return {
    anyOf: [addressTerm(address)],
    matches: ({ email }) => email !== null && addressesOf(email).includes(address),
  };
}

/** `CAD`, beside an amount, is its currency or a word. */
function currencyCondition(piece: string): Condition | null {
  const code = piece.toLowerCase();
  if (!/^[a-z]{3}$/.test(code)) return null;
  return {
    anyOf: [],
    matches: (payment) =>
      payment.currency === code || payment.stripe?.charged.currency === code || hasWord(payment, code),
  };
}

/** An amount, a phone number, or a word such as the number of a workshop: all that it can be. */
function numberCondition(piece: string): Candidate | null {
  if (!isNumeric(piece.split(" "))) return null;
  const readings = amountReadings(piece);
  const isMoney = /\p{Sc}/u.test(piece);
  const digits = isMoney || (readings.length > 0 && /[.,]/.test(piece)) ? "" : phoneDigits(piece);
  const words = isMoney || /\s/.test(piece) ? [] : partsOf(piece);
  const [longest = ""] = words.toSorted((a, b) => b.length - a.length);
  const term = wordTerm(longest);
  const anyOf = [
    ...readings.map(({ decimal }) => amountTerm(decimal)),
    ...(digits === "" ? [] : [phoneTerm(digits)]),
    ...(term === null ? [] : [term]),
  ];
  if (anyOf.length === 0 && words.length === 0) return null;
  return {
    anyOf,
    matches: (payment) =>
      readings.some((reading) => hasAmount(payment, reading)) ||
      (digits !== "" && hasPhoneNumber(payment, digits)) ||
      (words.length > 0 && words.every((word) => hasWord(payment, word))),
    ...(words.length > 0 && term === null && { isIncomplete: true }),
  };
}

interface AmountReading {
  /** As from `amountsOf`. */
  decimal: string;
  /** Typed without decimals, which finds any. */
  isWhole: boolean;
}

const MONEY = /^[-+\u2212]?(?:[A-Za-z]{0,3}\p{Sc})?([\d.,\s'\u2019]+)\p{Sc}?$/u;
/** Stripe's limit. */
const MAX_AMOUNT_DIGITS = 12;

/** What a typed amount can mean: `1,898` is 1898, and 1.898 in a currency of three decimals. */
function amountReadings(piece: string): AmountReading[] {
  const typed = MONEY.exec(withAsciiDigits(piece).trim())?.[1];
  if (typed === undefined || typed.replaceAll(/\D/g, "").length > MAX_AMOUNT_DIGITS) return [];
  const number = typed.trim().replaceAll(/(?<=\d)[\s'\u2019](?=\d{3}(?!\d))/g, "");
  const whole = unitsOf(number, ",") ?? unitsOf(number, ".");
  const decimals = [...number.matchAll(/^([^.]*)\.(\d{1,3})$|^([^,]*),(\d{1,3})$/g)].flatMap((found) => {
    const [, beforePoint, afterPoint = "", beforeComma = "", afterComma = ""] = found;
    const units = beforePoint === undefined ? unitsOf(beforeComma, ".") : unitsOf(beforePoint, ",");
    return units === null ? [] : [withoutFinalZeros(`${units}.${afterPoint}${afterComma}`)];
  });
  return [
    ...(whole === null || whole === "0" ? [] : [{ decimal: whole, isWhole: true }]),
    ...decimals.map((decimal) => ({ decimal, isWhole: false })),
  ];
}

/** Digits, alone or in groups; null for anything else, and for a number that begins with 0, which is no amount. */
function unitsOf(number: string, separator: "," | "."): string | null {
  if (number === "") return "0";
  const grouped = separator === "," ? /^\d{1,3}(?:,\d{2,3})*,\d{3}$/ : /^\d{1,3}(?:\.\d{3})+$/;
  if (!/^\d+$/.test(number) && !grouped.test(number)) return null;
  const digits = number.replaceAll(separator, "");
  return /^0\d/.test(digits) ? null : digits;
}

function hasAmount(payment: Searchable, { decimal, isWhole }: AmountReading): boolean {
  return amountsOf(payment).some((amount) => (isWhole ? wholeOf(amount) : amount) === decimal);
}

/** The fewest digits that identify a number; fewer are its last ones. */
const FULL_NUMBER = 7;

/** The digits of a piece that is a phone number, or the end of one; else empty. */
function phoneDigits(piece: string): string {
  const text = withAsciiDigits(piece);
  if (!/^[+\d][\d\s().+\-\u2010-\u2015]*$|^\(\+?\d[\d\s().+\-\u2010-\u2015]*$/.test(text)) return "";
  const [digits = "", ...others] = phoneNumbersOf(text);
  return others.length > 0 || digits.length < MIN_DIGITS ? "" : digits;
}

/** Whether one number ends with the other: with or without its country code, or the 0 in its place. */
function hasPhoneNumber({ phone }: Searchable, typed: string): boolean {
  const numbers = phoneNumbersOf(phone ?? "");
  if (typed.length < FULL_NUMBER) return numbers.some((number) => number.endsWith(typed));
  const wanted = typed.replace(/^00?/, "");
  return numbers.some((number) => {
    const known = number.replace(/^00?/, "");
    return known.endsWith(wanted) || (known.length >= FULL_NUMBER && wanted.endsWith(known));
  });
}
