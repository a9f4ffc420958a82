/** Who paid, and for what. */

/**
 * Every detail field, in the order of the CSV export. Golden record, Stripe metadata, stored documents, API, export and
 * erasure derive from this list. A personal field identifies the payer and is erased as a whole.
 */
export const DETAIL_FIELDS = [
  { name: "name", type: "text", maxLength: 500, isPersonal: true },
  { name: "email", type: "text", maxLength: 320, isPersonal: true },
  { name: "phone", type: "text", maxLength: 500, isPersonal: true },
  { name: "workshopId", type: "text", maxLength: 500, isPersonal: false },
  { name: "workshopName", type: "text", maxLength: 500, isPersonal: false },
  { name: "workshopDate", type: "text", maxLength: 500, isPersonal: false },
  { name: "workshopTime", type: "text", maxLength: 500, isPersonal: false },
  { name: "participantCount", type: "count", isPersonal: false },
  { name: "organizationType", type: "text", maxLength: 500, isPersonal: false },
] as const;

type Definition = (typeof DETAIL_FIELDS)[number];
type TextField = Extract<Definition, { type: "text" }>;
type CountField = Extract<Definition, { type: "count" }>;

export type PerDetail<Text, Count> = Record<TextField["name"], Text> & Record<CountField["name"], Count>;

/** Null is an unset field. */
export type PaymentDetails = PerDetail<string | null, number | null>;

/** Maps each detail field to a value, by its type. */
export function mapDetails<Text, Count>(
  text: (field: TextField["name"], maxLength: number) => Text,
  count: (field: CountField["name"]) => Count,
): PerDetail<Text, Count>;
// The compiler cannot know that these entries are all fields.
export function mapDetails(
  text: (field: TextField["name"], maxLength: number) => unknown,
  count: (field: CountField["name"]) => unknown,
): object {
  return Object.fromEntries(
    DETAIL_FIELDS.map((field): [string, unknown] => [
      field.name,
      field.type === "text" ? text(field.name, field.maxLength) : count(field.name),
    ]),
  );
}

export const PERSONAL_FIELDS = DETAIL_FIELDS.filter((field) => field.isPersonal).map(({ name }) => name);

/** Texts that are not personal but may name the customer, such as a workshop's name. */
export const DESCRIPTIVE_FIELDS = DETAIL_FIELDS.filter((field) => field.type === "text" && !field.isPersonal).map(
  ({ name }) => name,
);
