import { z } from "zod";
import { AppError } from "../errors.ts";
import type { ApiRequest } from "./router.ts";
import { decodeUtf8 } from "./signature.ts";

/** Throws AppError `invalid_request`, which names every invalid field by its path. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  const fields = [...new Set(details.map(({ path }) => path))].join(", ");
  throw new AppError("invalid_request", `The request is not valid: see ${fields}.`, { details });
}

export function pageLimit(max: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, { error: `expected a whole number from 1 to ${max}` })
    .transform(Number)
    .pipe(z.int().min(1).max(max));
}

/** Refuses `limit` and `cursor` in a request for a file, which has no pages. */
export function refusePages({
  value,
  issues,
}: z.core.ParsePayload<{ format: string; limit?: number | undefined; cursor?: string | undefined }>): void {
  if (value.format === "json") return;
  for (const path of ["limit", "cursor"] as const) {
    if (value[path] === undefined) continue;
    const message = `not with format=${value.format}, which has no pages`;
    issues.push({ code: "custom", path: [path], message, input: value[path] });
  }
}

export const pageFields = {
  count: z.int().nonnegative(),
  nextCursor: z.string().nullable().describe("leads to the next page; null on the last one"),
};

export const warningsSchema = z
  .array(z.string())
  .optional()
  .describe("documents of this page that cannot be read, and why");

/** Parses the JSON body. Throws AppError for another content type, or a body that is not JSON in UTF-8. */
export function readJson({ contentType, message: { rawBody } }: ApiRequest): unknown {
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") {
    throw new AppError("unsupported_media_type", "Send the body as JSON, with Content-Type: application/json.");
  }
  if (rawBody.length === 0) throw invalidBody("empty; expected a JSON object");
  const text = decodeUtf8(rawBody);
  try {
    return parseExactly(text);
  } catch (error) {
    throw invalidBody("not JSON", error);
  }
}

/** A number of 16 digits or more, or with an exponent. */
const MAY_ROUND = /\d[\d.]{15}|\d[eE]/;

/** A JSON string, closed or not; or a number. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\[^][^"\\]*)*"?|-?\d[\d.eE+-]*/g;

/**
 * Parses JSON. A number that a double cannot hold exactly becomes infinite, which no schema accepts. A reviver would
 * recurse into nested values, and overflow the stack.
 */
function parseExactly(text: string): unknown {
  if (!MAY_ROUND.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replaceAll(STRING_OR_NUMBER, (token) => (isRounded(token) ? token.replace(/\d.*/, "1e999") : token)),
  );
}

function isRounded(token: string): boolean {
  const decimal = decimalOf(token);
  return decimal !== null && decimal !== decimalOf(String(Number(token)));
}

/** The normal form of a decimal number: its digits without zeros at either end, and the exponent of the first. */
function decimalOf(text: string): string | null {
  const parts = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!parts) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = `${whole}${fraction}`;
  const significant = digits.replace(/^0+/, "");
  let end = significant.length;
  while (significant[end - 1] === "0") end -= 1;
  if (end === 0) return "0";
  const power = Number(exponent) + whole.length - (digits.length - significant.length);
  return `${sign}${significant.slice(0, end)}e${power}`;
}

function invalidBody(message: string, cause?: unknown): AppError {
  return new AppError("invalid_request", "The body is not valid.", { details: [{ path: "body", message }], cause });
}

/** The query parameters. Throws AppError `invalid_request` for a repeated one. */
export function readQuery({ query }: ApiRequest): Record<string, string> {
  const names = [...query.keys()];
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) {
    const details = twice.map((name) => ({ path: `query.${name}`, message: "given more than once" }));
    throw new AppError("invalid_request", "A query parameter is given more than once.", { details });
  }
  return Object.fromEntries(query);
}
