/** Constants that the build defines (vite.config.ts). */
declare global {
  /** Whether this is the local environment. Builds for real projects omit code that depends on it. */
  const PORTAL_IS_LOCAL: boolean;
  const PORTAL_TIME_ZONE: string;
  const PORTAL_DEFAULT_CURRENCY: string;
}

/** The IANA zone of days and months in every total. */
export const TIME_ZONE = PORTAL_TIME_ZONE;

/** The currency of payments without one, such as those of the legacy service. */
export const DEFAULT_CURRENCY = PORTAL_DEFAULT_CURRENCY;
