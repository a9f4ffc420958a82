import { TIME_ZONE } from "../settings.ts";
import { dateAndTime } from "../time.ts";

/** A date and time in the reporting time zone; nothing for null. */
export function Time({ at }: { at: Date | null }) {
  return at && <time dateTime={at.toISOString()}>{dateAndTime(at, TIME_ZONE)}</time>;
}
