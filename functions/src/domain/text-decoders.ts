/** Decoders of text that programs have encoded. Each undoes one encoding and changes nothing else. */
import { decodeHTML } from "entities/decode";

type Decoder = (text: string) => string;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes bytes written as this sign (a pattern) and two hexadecimal digits, as ASCII and UTF-8. */
function bytes(sign: string): Decoder {
  const next = `${sign}[89ab][\\da-f]`;
  const sequences = `${sign}(?:c[2-9a-f]|d[\\da-f])${next}|${sign}e[\\da-f](?:${next}){2}|${sign}f[0-4](?:${next}){3}`;
  const character = new RegExp(`${sign}[0-7][\\da-f]|${sequences}`, "gi");
  const every = new RegExp(sign, "gi");
  return (text) =>
    text.replaceAll(character, (encoded) => {
      try {
        return utf8.decode(Buffer.from(encoded.replaceAll(every, ""), "hex"));
      } catch {
        // A surrogate, or an overlong encoding.
        return encoded;
      }
    });
}

/** Decodes the remaining bytes as Latin-1. */
function latin1(sign: string): Decoder {
  const byte = new RegExp(`${sign}([89a-f][\\da-f])`, "gi");
  return (text) => text.replaceAll(byte, characterOf);
}

function characterOf(_encoded: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

const percent = bytes("%");
const percentLatin1 = latin1("%");
const quoted = bytes("=");
const quotedLatin1 = latin1("=");
const hex = bytes(String.raw`\\x`);
const hexLatin1 = latin1(String.raw`\\x`);

function fromCode(encoded: string, digits: string): string {
  const code = Number.parseInt(digits, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : encoded;
}

/** Case-insensitive: whole texts may be in capitals. */
function entities(text: string): string {
  return decodeHTML(text).replaceAll(/&[a-z]\w{1,31};/gi, (entity) => decodeHTML(entity.toLowerCase()));
}

function unicodeEscapes(text: string): string {
  return text
    .replaceAll(/\\U(00[01][\da-fA-F]{5})/g, fromCode)
    .replaceAll(/\\[ux]\{0*([\da-f]{1,6})\}/gi, fromCode)
    .replaceAll(/[\\%]u([\da-f]{4})/gi, fromCode);
}

/** RFC 2047. White space between two encoded words is not part of the text. */
function encodedWords(text: string): string {
  return text
    .replaceAll(/\?=\s+(?==\?)/g, "?=")
    .replaceAll(
      /=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bq])\?([^?]*)\?=/gi,
      (all, charset: string, encoding: string, word: string) => {
        if (encoding.toLowerCase() === "b") return decoded(Buffer.from(word, "base64"), charset);
        const unquoted = word.replaceAll("_", " ").replaceAll(/=([\da-f]{2})/gi, characterOf);
        return /[\u0100-\uffff]/.test(unquoted) ? all : decoded(Buffer.from(unquoted, "latin1"), charset);
      },
    );
}

function decoded(encoded: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(encoded);
  } catch {
    // An unknown charset.
    return Buffer.from(encoded).toString("latin1");
  }
}

/** A soft line break of quoted-printable. */
const SOFT_BREAK = /=[\t ]{0,8}(?:\r\n?|\n)/g;

/** Quoted-printable signs that do not occur in texts such as `mail=ada@…`, and the same signs of UTF-7. */
function narrowSigns(text: string): string {
  return text
    .replaceAll(SOFT_BREAK, "")
    .replaceAll(/=40/g, "@")
    .replaceAll(/=2e/gi, ".")
    .replaceAll("+AEA-", "@")
    .replaceAll("+AC4-", ".");
}

const CONTROLS: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  f: "\f",
  v: "\v",
  b: "\b",
  e: "\u001b",
  0: "\0",
};

/** String escapes of programs and style sheets; any other escaped sign is itself. */
function escapes(text: string): string {
  return text
    .replaceAll(/\\(?:0000)?(40|2e)(?![\da-f]) ?/gi, characterOf)
    .replaceAll(/\\([0-3])([0-7]{2})/g, (_all, high: string, low: string) => {
      const code = Number.parseInt(`${high}${low}`, 8);
      return code < 0x80 ? String.fromCharCode(code) : `\\x${code.toString(16)}`;
    })
    .replaceAll(/\\([0befnrtv])/gi, (all, letter: string) => CONTROLS[letter.toLowerCase()] ?? all)
    .replaceAll(/\\([^\p{L}\p{N}\s])/gu, "$1");
}

/** Inline elements; any other element starts a new line. */
const INLINE =
  /<\/?(?:a|abbr|b|bdi|bdo|big|code|em|font|i|ins|kbd|mark|s|samp|small|span|strike|strong|sub|sup|tt|u|var|wbr)[\s/>]/i;

const ESCAPE = "\u001b";
/**
 * Terminal sequences for colours and links: they start with an escape, also one shown as `^[`; or colours that have
 * lost it.
 */
const [STYLE, LINK] = ["\\[[0-?]{0,64}[ -/]{0,8}[@-~]", "\\][^\u0007\u001b]{0,2000}(?:\u0007|\u001b\\\\)"];
const TERMINAL = new RegExp(`(?:${ESCAPE}|\\^\\[)(?:${STYLE}|${LINK})|\u009b${STYLE.slice(2)}`, "g");

/** HTML tags (not `<ada@example.org>`), comments, and terminal sequences, of which the escape character stays. */
function markup(text: string): string {
  return text
    .replaceAll(/<!--(?:(?!<!--|-->)[^])*-->/g, "")
    .replaceAll(/<\/?[a-z][a-z0-9:-]*(?=[\s/>])[^<>]*>/gi, (tag) => (INLINE.test(tag) ? "" : "\n"))
    .replaceAll(TERMINAL, ESCAPE)
    .replaceAll(/\[\d{1,3}(?:;\d{1,3}){0,16}m/g, "[");
}

/** Applied together: these hardly ever match plain text. */
export const decodeSafely: Decoder = (text) =>
  [encodedWords, percent, entities, unicodeEscapes, hex, narrowSigns].reduce((form, decode) => decode(form), text);

/** Each of these also matches some plain texts, such as the `=ad` of `mail=ada@…`. */
const UNSAFE: readonly Decoder[] = [
  (text) => hexLatin1(percentLatin1(text)),
  (text) => quotedLatin1(quoted(text.replaceAll(SOFT_BREAK, ""))),
  escapes,
  markup,
];

export const DECODERS: readonly Decoder[] = [decodeSafely, ...UNSAFE];

/** All decoders, repeated for text encoded many times in one way. */
export const decodeAll: Decoder = (text) =>
  DECODERS.reduce(
    (form, decode) => decode(form),
    text
      .replaceAll(/%(?:25)+(?=[\da-f]|u[\da-f]{4})/gi, "%")
      .replaceAll(/&(?:amp;)+(?=[#a-z])/gi, "&")
      .replaceAll(/=(?:3d)+(?=[\da-f]{2})/gi, "="),
  );

const SIGNS = new RegExp(`[%&\\\\=<${ESCAPE}\u009b]|\\^\\[|\\[\\d|\\+A`);

export function isEncoded(text: string): boolean {
  return SIGNS.test(text);
}
