/** What the build takes over from the functions' settings (vite.config.ts). */
declare const PORTAL_TIME_ZONE: string;
declare const PORTAL_DEFAULT_CURRENCY: string;

/** The zone that days and months are in, here as in every total. IANA. */
export const TIME_ZONE = PORTAL_TIME_ZONE;

/** The currency of a payment that names none, as those of the legacy service do. */
export const DEFAULT_CURRENCY = PORTAL_DEFAULT_CURRENCY;
