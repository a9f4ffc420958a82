import { z } from "zod";
import { canonical } from "../../src/domain/canonical-json.ts";

/** The fields of every document in the REST API's form, by path. */
export type Documents = ReadonlyMap<string, Readonly<Record<string, object>>>;

/** Such as `{"integerValue": "500"}`. */
const valueSchema = z.looseObject({});

const answerSchema = z.array(
  z.object({
    document: z.object({ name: z.string(), fields: z.record(z.string(), valueSchema).default({}) }).optional(),
  }),
);

export async function everyDocument(address: string, project: string): Promise<Documents> {
  const root = `projects/${project}/databases/(default)/documents`;
  const orderBy = [{ field: { fieldPath: "__name__" } }];
  const response = await fetch(`http://${address}/v1/${root}:runQuery`, {
    method: "POST",
    headers: { Authorization: "Bearer owner" },
    body: JSON.stringify({ structuredQuery: { from: [{ allDescendants: true }], orderBy } }),
  });
  if (!response.ok) throw new Error(`The emulator answers ${response.status}: ${await response.text()}`);
  const found = answerSchema.parse(await response.json()).flatMap(({ document }) => document ?? []);
  return new Map(found.map(({ name, fields }) => [name.slice(root.length + 1), fields]));
}

/** One sentence for each document that is missing or new, and for each field that differs. */
export function differencesBetween(before: Documents, after: Documents): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (!is) return [`${path} is missing.`];
    if (!was) return [`${path} was not there.`];
    const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted();
    return fields.flatMap((field) => {
      const [old, now] = [textOf(was[field]), textOf(is[field])];
      return old === now ? [] : [`${path}: ${field} was ${old}, and is ${now}.`];
    });
  });
}

function textOf(value: object | undefined): string {
  return value === undefined ? "missing" : canonical(value);
}
