import { z } from "zod";
import { AppError } from "../errors.ts";
import type { ApiRequest } from "./endpoint.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Checks outside data. Throws AppError `invalid_request` that names every bad field by its path. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  const fields = [...new Set(details.map(({ path }) => path))].join(", ");
  throw new AppError("invalid_request", `The request is not valid: see ${fields}.`, { details });
}

/** How many entries of a list a page is to have. */
export function pageLimit(max: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, { error: `expected a whole number from 1 to ${max}` })
    .transform(Number)
    .pipe(z.int().min(1).max(max));
}

/** The JSON value of a request's body. Throws AppError for another content type, or no JSON in UTF-8. */
export function readJson({ contentType, message: { rawBody } }: ApiRequest): unknown {
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") {
    throw new AppError("unsupported_media_type", "Send the body as JSON, with Content-Type: application/json.");
  }
  if (rawBody.length === 0) throw invalidBody("empty; expected a JSON object");
  const text = decodeUtf8(rawBody);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidBody("not JSON", error);
  }
}

function invalidBody(message: string, cause?: unknown): AppError {
  return new AppError("invalid_request", "The body is not valid.", { details: [{ path: "body", message }], cause });
}

/** The query parameters as an object. Throws AppError `invalid_request` for one that stands there twice. */
export function readQuery({ query }: ApiRequest): Record<string, string> {
  const names = [...query.keys()];
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) {
    const details = twice.map((name) => ({ path: `query.${name}`, message: "given more than once" }));
    throw new AppError("invalid_request", "A query parameter is given more than once.", { details });
  }
  return Object.fromEntries(query);
}
