import { AppError, codeOf } from "../../src/errors.ts";
import { GoogleApiError } from "../google.ts";
import type { Finding } from "./check.ts";

const GRPC_PERMISSION_DENIED = 7;

/** What to do where something could not be read. */
export function remedyFor(error: unknown): Finding["remedy"] {
  const isRefused = error instanceof GoogleApiError && (error.status === 401 || error.status === 403);
  if (isRefused || codeOf(error) === GRPC_PERMISSION_DENIED) {
    return "Ask with an account that may read it (docs/operations.md names the roles): gcloud auth application-default login";
  }
  if (error instanceof GoogleApiError || (error instanceof AppError && error.code === "unavailable")) {
    return "Is there a network, and are you signed in (gcloud auth application-default login)? https://status.cloud.google.com";
  }
  return "Mend what it says, and look again.";
}
