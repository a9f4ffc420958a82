export class StripeApiError extends Error {
  override readonly name = "StripeApiError";
  readonly status: number;
  readonly body: object;

  constructor(status: number, error: { type: string; message: string; code?: string; param?: string }) {
    super(error.message);
    this.status = status;
    this.body = { error };
  }
}

/** A missing permission. Older errors of Stripe have no code. */
export function forbidden(message: string, code?: string): StripeApiError {
  return new StripeApiError(403, { type: "invalid_request_error", message, ...(code !== undefined && { code }) });
}

export function invalid(status: number, message: string, code?: string, param?: string): StripeApiError {
  return new StripeApiError(status, {
    type: "invalid_request_error",
    message,
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
  });
}
