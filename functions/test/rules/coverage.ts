import { z } from "zod";
import { emulatorUrl } from "./checks.ts";

interface Reported {
  sourcePosition: { line: number; currentOffset: number; endOffset: number };
  /** The values that it evaluated to; none if it was never reached. A failed evaluation has the value `undefined`. */
  values: { value: Record<string, unknown> }[];
  children: Reported[];
}

const reportedSchema: z.ZodType<Reported> = z.object({
  sourcePosition: z.object({ line: z.int(), currentOffset: z.int(), endOffset: z.int() }),
  values: z.array(z.object({ value: z.record(z.string(), z.unknown()).default({}) })).default([]),
  get children() {
    return z.array(reportedSchema).default([]);
  },
});

const reportSchema = z.object({
  rules: z.object({ files: z.tuple([z.object({ content: z.string() })]) }),
  report: z.array(reportedSchema),
});

/** An expression of the rules, its position in their text, and its values since they were loaded. */
export interface Expression {
  line: number;
  start: number;
  /** The offset after its last character. */
  end: number;
  text: string;
  isReached: boolean;
  /** The truth values that it evaluated to. Empty if it is not a condition. */
  outcomes: ReadonlySet<boolean>;
}

/** Every expression of the rules that the emulator reports, except literals. */
export async function readExpressions(): Promise<Expression[]> {
  const response = await fetch(emulatorUrl("ruleCoverage"));
  const { rules, report } = reportSchema.parse(await response.json());
  const source = rules.files[0].content;
  return report.flatMap(withChildren).map(({ sourcePosition: at, values }) => {
    const end = endOf(source, at.currentOffset, at.endOffset);
    const outcomes = values.map(({ value }) => value["boolValue"]).filter((value) => typeof value === "boolean");
    return {
      line: at.line,
      start: at.currentOffset,
      end,
      text: source.slice(at.currentOffset, end),
      isReached: values.length > 0,
      outcomes: new Set(outcomes),
    };
  });
}

/** The emulator reports the last character of an expression's last word, and omits closing brackets of calls. */
function endOf(source: string, start: number, lastCharacter: number): number {
  const count = (bracket: string, end: number): number => source.slice(start, end).split(bracket).length - 1;
  let end = lastCharacter + 1;
  if (source[end] === "(") end += 1;
  while (count("(", end) > count(")", end)) end += 1;
  return end;
}

function withChildren(expression: Reported): Reported[] {
  return [expression, ...expression.children.flatMap(withChildren)];
}
