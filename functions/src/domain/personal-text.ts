/** Finds email addresses, names and phone numbers in texts, however they are typed, encoded or decorated. */
import { domainToASCII, domainToUnicode } from "node:url";
import { decodeAll, DECODERS, decodeSafely, isEncoded } from "./text-decoders.ts";
import { UNSPACED } from "./words.ts";

export const ERASED = "[erased]";

/** Format characters (zero-width, bidi controls, soft hyphen) and other invisible ones, such as variation selectors. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Normalisation sorts marks in quadratic time. */
const MARK = "\\p{M}\uff9e\uff9f";
const MANY_MARKS = new RegExp(`[${MARK}]{31}`, "u");
/** Unicode's Stream-Safe Text Format limits the marks in a sequence to 30 (UAX #15). */
const PIECE = new RegExp(`[^${MARK}]*[${MARK}]{0,30}`, "gu");

function normalized(text: string, form: "NFC" | "NFKC"): string {
  return MANY_MARKS.test(text) ? text.replaceAll(PIECE, (piece) => piece.normalize(form)) : text.normalize(form);
}

/** A text without invisible characters. */
function shown(text: string, form: "NFC" | "NFKC"): string {
  return (
    normalized(text.replaceAll(INVISIBLE, ""), form)
      .replaceAll("\u3002", ".")
      .replaceAll(/[\u2010\u2011]/g, "-")
      // The only capital letter that a case-insensitive regular expression does not match.
      .replaceAll("\u0130", "i\u0307")
  );
}

/** Without invisible characters, and with full-width and other compatibility forms as plain ones. */
function displayed(text: string): string {
  return shown(text, "NFKC");
}

const MAX_FORMS = 50;
const MAX_PASSES = 50;
/** In characters. */
const MAX_DECODED = 2 ** 23;

export interface Forms {
  /** The text as displayed, and decoded by each sequence of decoders. */
  forms: string[];
  /** Whether a form beyond the limits may contain an address. */
  mayHideAddress: boolean;
}

export function formsOf(text: string): Forms {
  const plain = displayed(text);
  const forms = new Set([plain]);
  let decoded = 0;
  const decode = (form: string, decoder: (text: string) => string): string => {
    decoded += form.length;
    return displayed(decoder(form));
  };
  let isCutShort = false;
  for (const form of forms) {
    if (!isEncoded(form)) continue;
    isCutShort = forms.size > MAX_FORMS || decoded > MAX_DECODED;
    if (isCutShort) break;
    for (const decoder of DECODERS) forms.add(decode(form, decoder));
  }
  let isNested = false;
  for (const decoder of isCutShort ? [decodeSafely, decodeAll] : []) {
    let form = plain;
    let before: string | undefined;
    for (let pass = 0; form !== before && pass < MAX_PASSES; pass += 1) {
      if (decoded > 2 * MAX_DECODED) break;
      before = form;
      form = decode(form, decoder);
    }
    isNested ||= form !== before;
    forms.add(form);
  }
  // Signs such as ™ are no letters here.
  const typed = shown(text, "NFC");
  if (typed !== plain) forms.add(typed).add(shown(decodeSafely(typed), "NFC"));
  const found = [...forms];
  return { forms: found, mayHideAddress: isNested || (isCutShort && found.some((form) => form.includes("@"))) };
}

const MAX_ADDRESS = 320;
const ADDRESS = /^[^\s<>(),;:"@]+@[^\s<>(),;:"@]+$/;

/** An email address in normal form: as displayed, in lower case, trimmed. Null for any other text. */
export function addressOf(text: string): string | null {
  const address = displayed(text).toLowerCase().trim();
  return address.length <= MAX_ADDRESS && ADDRESS.test(address) ? address : null;
}

/** Without surrounding signs, although a mailbox may legally contain some. */
const BARE =
  /[\p{L}\p{N}_+-][^\s<>(),;:"@={}|[\]\\`\u2018-\u201f\u00ab\u00bb]*@[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._-]*[\p{L}\p{N}\p{M}])?/u;

/** The address in a typed text, in the form of `addressOf`, decoded and without surrounding signs; else null. */
export function intendedAddress(text: string): string | null {
  const plain = displayed(text).trim();
  const typed = BARE.exec(plain)?.[0];
  if (typed === plain) return addressOf(typed);
  const decoded = BARE.exec(displayed(decodeSafely(plain)))?.[0];
  return addressOf(decoded ?? typed ?? "");
}

const WORD = "[\\p{L}\\p{N}\\p{M}]";

/** Matches letters and digits that continue the word of an adjacent letter. */
function wordBeside(letter: string): string {
  const isUnspaced = new RegExp(`[${UNSPACED}]`, "u").test(letter);
  return isUnspaced ? WORD : `[[\\p{L}\\p{Nd}\\p{Nl}\\p{M}]--[${UNSPACED}]]`;
}

const JOINING = "[.'’+_\\-]";

/**
 * The boundaries of an address. Adjacent letters and digits make it another address (`nada@…`, `…example.organic`), and
 * so do joining signs: `x.ada@…`, `moon+ada@…`, `o'ada@…`, `…example.org.uk`. These are boundaries: other signs,
 * although a mailbox may legally start with some (`=`, `{`, `|`); a change between a script without spaces and another;
 * two dots or quotes.
 */
function notAfterWord(word: string): string {
  return `(?<!${word}|(?!${word}${JOINING}{0,64}?(?:\\.\\.|''))${word}${JOINING}{1,64}|_)`;
}

function notBeforeWord(word: string): string {
  return `(?!${word}|-+${word}|\\.${word})`;
}

const CONTROL = "\\0-\\x08\\x0e-\\x1f\\x7f-\\x9f";
const FOLD = `[\\t ${CONTROL}]{0,8}[\\n\\r\\u2028\\u2029][\\s>${CONTROL}]{0,80}`;
/** Between two letters of an address: control characters, also a line break, or also spaces. */
const TOGETHER = `[${CONTROL}]{0,8}`;
const FOLDED = `(?:${FOLD}|${TOGETHER})`;
const SPACED = `(?:${FOLD}|[\\s${CONTROL}]{0,8})`;

/** A mailbox is folded only if both parts are too long to be a word and another mailbox. */
const MIN_FOLDED = 3;

function addressPattern(address: string): string {
  const at = address.lastIndexOf("@");
  const mailbox = Array.from(address.slice(0, at));
  const domain = address.slice(at + 1);
  const domains = new Set([domain, domainToASCII(domain), domainToUnicode(domain)].filter((form) => form !== ""));
  const gap = domain.includes(".") ? SPACED : TOGETHER;
  const before = mailbox
    .map((letter, index) => {
      const isFoldable =
        index >= MIN_FOLDED && mailbox.length - index >= MIN_FOLDED && letter !== "." && mailbox[index - 1] !== ".";
      return `${index === 0 ? "" : isFoldable ? FOLDED : TOGETHER}${variantsOf(letter)}`;
    })
    .join("");
  const after = [...domains].map((form) => {
    const labels = form.split(".").map((label, index) =>
      Array.from(label)
        .map(variantsOf)
        .join(index === 0 ? gap : FOLDED),
    );
    return [labels.join(`${gap}\\.${gap}`), notBeforeWord(wordBeside(form.at(-1) ?? ""))];
  });
  const first = wordBeside(mailbox[0] ?? "");
  const start = `${before}${gap}@${gap}`;
  const whole = `${notAfterWord(first)}${start}(?:${after.map((parts) => parts.join("")).join("|")})`;
  // As in `_ada@example.org_`.
  const emphasised = `(?<=(?<!${first})_)${start}(?:${after.map(([form]) => form).join("|")})(?=_)`;
  return `${whole}|${emphasised}`;
}

function variantsOf(letter: string): string {
  if (letter === "-") return "[\\-\\u2012-\\u2015\\u2212]";
  return letter === "'" ? "(?:''?|[\\u2018\\u2019\\u02bc\\u00b4\\u2032`])" : escaped(letter);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Whether this address (from `addressOf`) is in a text, in any form. */
export function holdsAddress(text: string, address: string): boolean {
  return formsOf(text).forms.some((form) => isNamedIn(form, [address]));
}

/** Whether a text may contain any email address, in a form that `holdsAddress` finds. */
export function holdsAnyAddress(text: string): boolean {
  const { forms, mayHideAddress } = formsOf(text);
  return mayHideAddress || forms.some((form) => /\S@\S|\S\s{0,80}@[^@]{0,200}\.\s{0,80}[\p{L}\p{N}]/u.test(form));
}

/** Shorter texts occur by chance. */
const MIN_LENGTH = 3;
const MIN_DIGITS = 6;

/** Matches the words of a name or a phone number in order, with any separators. */
function wordsPattern(text: string): string[] {
  const exact = displayed(text).trim();
  const words = exact.match(new RegExp(`${WORD}+`, "gu")) ?? [];
  const isNumber = words.every((word) => /^\p{N}+$/u.test(word));
  // The name "Erased" would match the replacements.
  if (exact.length < MIN_LENGTH || /^erased$/i.test(words.join(""))) return [];
  const apart = isNumber && words.join("").length >= MIN_DIGITS ? "{0,3}" : "{1,3}";
  const separated = words.map(escaped).join(`[^\\p{L}\\p{N}\\p{M}]${apart}`);
  const either = separated === "" ? escaped(exact) : `${escaped(exact)}|${separated}`;
  return [`(?<!${WORD})(?:${either})(?!${WORD})`];
}

/** Matches any of these personal texts, full names before first names; null if all are too short. */
function patternOf(personal: readonly string[]): RegExp | null {
  const key = JSON.stringify(personal);
  const cached = compiled.get(key);
  if (cached !== undefined) return cached;
  const pattern = compilePattern(personal);
  compiled.set(key, pattern);
  return pattern;
}

/** Whether a text, without decoding, contains any of these. */
export function isNamedIn(text: string, personal: readonly string[]): boolean {
  const pattern = patternOf(personal);
  return pattern !== null && text.search(pattern) >= 0;
}

/** A scan matches the same texts against every document. */
const compiled = new Map<string, RegExp | null>();

function compilePattern(personal: readonly string[]): RegExp | null {
  const patterns = personal
    .toSorted((a, b) => b.length - a.length)
    .flatMap((text) => {
      const address = addressOf(text);
      return address === null ? wordsPattern(text) : [addressPattern(address)];
    });
  return patterns.length === 0 ? null : new RegExp(patterns.join("|"), "giv");
}

/**
 * Redacts these texts, as whole words in any case. A disguised or encoded text is returned decoded, because only there
 * the position of the match is known.
 */
export function redacted(text: string, personal: readonly string[]): string {
  const pattern = patternOf(personal);
  if (!pattern) return text;
  const composed = normalized(text, "NFC");
  let result = composed.replaceAll(pattern, ERASED);
  for (let form: string | undefined = result; form !== undefined;) {
    form = formsOf(result).forms.find((found) => found.search(pattern) >= 0);
    if (form !== undefined) result = form.replaceAll(pattern, ERASED);
  }
  return result === composed ? text : result;
}

/**
 * Whether `text` may be the original of `erased`, with any text in place of each `[erased]`. In linear time: each part
 * is searched once, from the end of the previous one.
 */
export function isErasedFrom(erased: string, text: string): boolean {
  const [first = "", ...rest] = erased.toLowerCase().split(ERASED);
  const last = rest.pop();
  return [normalized(text, "NFC"), ...formsOf(text).forms].some((form) => {
    const lower = form.toLowerCase();
    if (last === undefined) return lower === first;
    if (!lower.startsWith(first)) return false;
    let end = first.length;
    for (const part of rest) {
      const found = lower.indexOf(part, end + 1);
      if (found === -1) return false;
      end = found + part.length;
    }
    return lower.endsWith(last) && lower.length - last.length > end;
  });
}
