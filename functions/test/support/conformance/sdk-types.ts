import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ModuleItem, parseSync, type Statement, type TsType } from "@swc/core";
import { FUNCTIONS } from "../../../tools/cli/paths.ts";

/**
 * What the pinned Stripe SDK declares, read from its .d.ts files: they are generated from Stripe's OpenAPI document.
 */

export const SDK_TYPES = join(FUNCTIONS, "node_modules/stripe/esm");

/** A property of an interface, with its optionality and nullability. */
export interface SdkProperty {
  name: string;
  isOptional: boolean;
  isNullable: boolean;
}

interface Declaration {
  file: string;
  name: string;
}

function textOf(file: string): string {
  return readFileSync(join(SDK_TYPES, `${file}.d.ts`), "utf8");
}

type Declared = Statement | ModuleItem;

/** The declarations inside of `A.B` in `A.B.Name`, and its last name. */
function scopeOf({ file, name }: Declaration): { body: Declared[]; last: string } {
  const path = name.split(".");
  const last = path.pop() ?? "";
  let body: Declared[] = declarationsIn(parseSync(textOf(file), { syntax: "typescript" }).body);
  for (const segment of path) {
    // A file may declare a namespace in several pieces.
    body = body.flatMap((one) => {
      if (one.type !== "TsModuleDeclaration" || one.id.value !== segment) return [];
      return one.body?.type === "TsModuleBlock" ? declarationsIn(one.body.body) : [];
    });
  }
  return { body, last };
}

function declarationsIn(items: readonly Declared[]): Declared[] {
  return items.map((item) => (item.type === "ExportDeclaration" ? item.declaration : item));
}

function gone({ file, name }: Declaration): Error {
  return new Error(`The SDK's ${file}.d.ts no longer declares ${name} as this test expects it.`);
}

/** The literal values of a union of strings, such as `Dispute.Status`. Throws where the SDK declares no such union. */
export function unionValues(file: string, name: string): string[] {
  const { body, last } = scopeOf({ file, name });
  const alias = body.find((one) => one.type === "TsTypeAliasDeclaration" && one.id.value === last);
  if (alias?.type !== "TsTypeAliasDeclaration") throw gone({ file, name });
  const values = membersOf(alias.typeAnnotation).flatMap((type) => {
    return type.type === "TsLiteralType" && type.literal.type === "StringLiteral" ? [type.literal.value] : [];
  });
  if (values.length === 0) throw gone({ file, name });
  return values;
}

function membersOf(type: TsType): TsType[] {
  return type.type === "TsUnionType" ? type.types : [type];
}

/** The properties of an interface, such as `Charge`. Throws where the SDK declares no such interface. */
export function propertiesOf(file: string, name: string): SdkProperty[] {
  const { body, last } = scopeOf({ file, name });
  const found = body.find((one) => one.type === "TsInterfaceDeclaration" && one.id.value === last);
  if (found?.type !== "TsInterfaceDeclaration") throw gone({ file, name });
  return found.body.body.flatMap((member) => {
    if (member.type !== "TsPropertySignature" || member.key.type !== "Identifier") return [];
    const types = member.typeAnnotation ? membersOf(member.typeAnnotation.typeAnnotation) : [];
    const isNullable = types.some((type) => type.type === "TsKeywordType" && type.kind === "null");
    return [{ name: member.key.value, isOptional: member.optional, isNullable }];
  });
}

/**
 * The values of a property that the SDK types as `string` and whose doc comment lists them: "can be `pending`,
 * `failed`, or `canceled`". `name` is the interface. Throws if there is no such comment, or if it lists no values.
 */
export function documentedValues(file: string, name: string, property: string): string[] {
  const text = textOf(file);
  const start = text.search(new RegExp(String.raw`\binterface ${name} (extends \w+ )?\{`));
  const comment = new RegExp(String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\s+${property}\??: string( \| null)?;`).exec(
    start < 0 ? "" : text.slice(start),
  );
  const list = /`\w+`(?:(?:,| or|, or| and|, and) `\w+`)+/.exec(comment?.[1] ?? "")?.[0];
  if (list === undefined) {
    throw new Error(`The SDK's ${file}.d.ts no longer lists the values of ${name}.${property} in its comment.`);
  }
  return [...list.matchAll(/`(\w+)`/g)].map(([, value = ""]) => value);
}
