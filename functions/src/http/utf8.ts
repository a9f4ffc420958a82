import { AppError } from "../errors.ts";

/** Bytes that are not UTF-8 are refused rather than replaced; a byte order mark is kept: one text for one body. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a body. Throws AppError `invalid_request` when it is not UTF-8. */
export function decodeUtf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    const details = [{ path: "body", message: "not UTF-8" }];
    throw new AppError("invalid_request", "The body is not valid.", { details, cause: error });
  }
}
