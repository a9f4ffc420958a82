/** Finds an e-mail address, a name or a phone number in a text, however it was typed, encoded or decorated. Pure. */
import { domainToASCII, domainToUnicode } from "node:url";

/** What replaces an erased text. */
export const ERASED = "[erased]";

/** Format characters (zero-width, bidi controls, soft hyphen) and others that show nothing, such as variation selectors. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** A text as it is displayed: without what shows nothing, full-width and other compatibility forms as plain ones. */
function displayed(text: string): string {
  return (
    text
      .replaceAll(INVISIBLE, "")
      .normalize("NFKC")
      .replaceAll(INVISIBLE, "")
      .replaceAll("\u3002", ".")
      // The one capital whose lower case a regular expression does not know.
      .replaceAll("\u0130", "i\u0307")
  );
}

const NAMED_ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  commat: "@",
  gt: ">",
  lowbar: "_",
  lt: "<",
  nbsp: " ",
  period: ".",
  plus: "+",
  quot: '"',
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

function fromUtf8(encoded: string): string {
  try {
    return utf8.decode(Buffer.from(encoded.replaceAll("%", ""), "hex"));
  } catch {
    // Not UTF-8, so no encoded text: a percent sign before letters.
    return encoded;
  }
}

function fromCode(encoded: string, code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : encoded;
}

/** Each undoes one way in which programs encode text, where it was used, and changes nothing else. */
const DECODERS: readonly ((text: string) => string)[] = [
  (text) =>
    text
      .replaceAll(/%([0-7][0-9a-f])/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/(?:%[89a-f][0-9a-f])+/gi, fromUtf8),
  (text) =>
    text
      .replaceAll(/&#(\d{1,7});?/g, (all, code: string) => fromCode(all, Number(code)))
      .replaceAll(/&#x([0-9a-f]{1,6});?/gi, (all, hex: string) => fromCode(all, Number.parseInt(hex, 16)))
      .replaceAll(/&([a-z]+);/gi, (all, name: string) => NAMED_ENTITIES[name.toLowerCase()] ?? all),
  (text) =>
    text.replaceAll(
      /\\u\{([0-9a-f]{1,6})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi,
      (all, braced?: string, four?: string, two?: string) =>
        fromCode(all, Number.parseInt(braced ?? four ?? two ?? "", 16)),
    ),
  // Quoted-printable: more of it would take the "=ad" of "mail=ada@…" for a byte.
  (text) =>
    text
      .replaceAll(/=\r?\n/g, "")
      .replaceAll(/=40/g, "@")
      .replaceAll(/=2e/gi, "."),
];

/** Decoded again and again, a text of many signs could have as many forms. */
const MAX_FORMS = 50;

/** The text as it is displayed, and what it is once decoded, in each way and as often as it was encoded. */
export function formsOf(text: string): string[] {
  const forms = new Set([displayed(text)]);
  for (const form of forms) {
    if (forms.size > MAX_FORMS || !/[%&\\=]/.test(form)) continue;
    for (const decode of DECODERS) forms.add(displayed(decode(form)));
  }
  return [...forms];
}

const MAX_ADDRESS = 320;
const ADDRESS = /^[^\s<>(),;:"@]+@[^\s<>(),;:"@]+$/;

/** An e-mail address, as it is compared: as it is displayed, in lower case, without surrounding blanks. Null if it is not one. */
export function addressOf(text: string): string | null {
  const address = displayed(text).toLowerCase().trim();
  return address.length <= MAX_ADDRESS && ADDRESS.test(address) ? address : null;
}

const WORD = "[\\p{L}\\p{N}\\p{M}]";

/**
 * Where an address ends. Letters and digits on either side make it another address (`nada@…`, `…example.organic`), as do the
 * signs that join them to it: `x.ada@…`, `moon+ada@…`, `o'ada@…`, `…example.org.uk`. Every other sign is taken for what
 * surrounds it, although a mailbox could legally begin with some (`=`, `{`, `|`).
 */
const NOT_BEFORE = `(?<!${WORD}|${WORD}[.'’+_-]{1,64}|_)`;
const NOT_AFTER = `(?!${WORD}|-+${WORD}|\\.${WORD})`;
/** As in `_ada@example.org_`. */
const EMPHASISED = [`(?<=(?<!${WORD})_)`, "(?=_)"] as const;

function addressPattern(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  const domains = [domain, domainToASCII(domain), domainToUnicode(domain)].filter((form) => form !== "");
  const whole = `${escaped(address.slice(0, at))}@(?:${[...new Set(domains)].map(escaped).join("|")})`;
  return `${NOT_BEFORE}${whole}${NOT_AFTER}|${EMPHASISED[0]}${whole}${EMPHASISED[1]}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Whether this address (from `addressOf`) is anywhere in a text: typed, encoded, or with something attached to it. */
export function holdsAddress(text: string, address: string): boolean {
  const pattern = patternOf([address]);
  return pattern !== null && formsOf(text).some((form) => form.search(pattern) >= 0);
}

/** Whether anything in a text may be an e-mail address, in any form that `holdsAddress` finds one in. */
export function holdsAnyAddress(text: string): boolean {
  return formsOf(text).some((form) => /\S@\S/.test(form));
}

/** Shorter texts are found in every text. */
const MIN_LENGTH = 3;
const MIN_DIGITS = 6;

/** A name or a phone number: its words in their order, whatever separates them. */
function wordsPattern(text: string): string[] {
  const exact = displayed(text).trim();
  const words = exact.match(new RegExp(`${WORD}+`, "gu")) ?? [];
  const isNumber = words.length > 0 && words.every((word) => /^\p{N}+$/u.test(word));
  // A customer called "Erased" would be found in what replaces them.
  if (exact.length < MIN_LENGTH || /^erased$/i.test(words.join(""))) return [];
  const apart = isNumber && words.join("").length >= MIN_DIGITS ? "{0,3}" : "{1,3}";
  const separated = words.map(escaped).join(`[^\\p{L}\\p{N}\\p{M}]${apart}`);
  const either = separated === "" ? escaped(exact) : `${escaped(exact)}|${separated}`;
  return [`(?<!${WORD})(?:${either})(?!${WORD})`];
}

/** What finds any of these personal texts, a full name before the first name that it begins with; null if none can be searched for. */
function patternOf(personal: readonly string[]): RegExp | null {
  const key = JSON.stringify(personal);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const pattern = compilePattern(personal);
  compiled.set(key, pattern);
  return pattern;
}

/** A scan asks for the same ones of every text. */
const compiled = new Map<string, RegExp | null>();

function compilePattern(personal: readonly string[]): RegExp | null {
  const patterns = personal
    .toSorted((a, b) => b.length - a.length)
    .flatMap((text) => {
      const address = addressOf(text);
      return address === null ? wordsPattern(text) : [addressPattern(address)];
    });
  return patterns.length === 0 ? null : new RegExp(patterns.join("|"), "giu");
}

/**
 * A text without these others, each a word or words of its own, in any case. What was disguised or encoded comes back
 * decoded, since the place of an address in it is known in no other form.
 */
export function redacted(text: string, personal: readonly string[]): string {
  const pattern = patternOf(personal);
  if (!pattern) return text;
  const composed = text.normalize("NFC");
  let left = composed.replaceAll(pattern, ERASED);
  for (let form: string | undefined = left; form !== undefined;) {
    form = formsOf(left).find((one) => one.search(pattern) >= 0);
    if (form !== undefined) left = form.replaceAll(pattern, ERASED);
  }
  return left === composed ? text : left;
}

/**
 * Whether `text` may be what was erased to `erased`: the same, with anything in the place of each `[erased]`. Each part is looked for once
 * from where the one before it ended, so that no text takes long.
 */
export function isErasedFrom(erased: string, text: string): boolean {
  const [first = "", ...rest] = erased.toLowerCase().split(ERASED);
  const last = rest.pop();
  return [text.normalize("NFC"), ...formsOf(text)].some((form) => {
    const said = form.toLowerCase();
    if (last === undefined) return said === first;
    if (!said.startsWith(first)) return false;
    let end = first.length;
    for (const part of rest) {
      const found = said.indexOf(part, end + 1);
      if (found === -1) return false;
      end = found + part.length;
    }
    return said.endsWith(last) && said.length - last.length > end;
  });
}
