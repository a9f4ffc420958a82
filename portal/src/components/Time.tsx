import { TIME_ZONE } from "../settings.ts";
import { dateAndTime, timeZoneName } from "../time.ts";

/** A date and time in the reporting time zone; nothing for null. */
export function Time({ at }: { at: Date | null }) {
  return at && <time dateTime={at.toISOString()}>{dateAndTime(at, TIME_ZONE)}</time>;
}

/** Names the zone of a view's days and times, once. */
export function TimeZoneNote() {
  return <p class="note">{`Days and times are in ${timeZoneName(TIME_ZONE)} (${TIME_ZONE}).`}</p>;
}
