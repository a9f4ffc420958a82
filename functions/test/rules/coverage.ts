import { z } from "zod";
import { ADDRESS } from "../../dev/ports.ts";

/** A project of the rules' own, so that the coverage counts these tests alone. */
export const PROJECT_ID = "demo-moon-portal-rules";

interface Expression {
  sourcePosition: { line: number; currentOffset: number; endOffset: number };
  /** What it came to; none when it was never reached. A failed evaluation has `undefined` for its value. */
  values: { value: Record<string, unknown> }[];
  children: Expression[];
}

const expressionSchema: z.ZodType<Expression> = z.object({
  sourcePosition: z.object({ line: z.int(), currentOffset: z.int(), endOffset: z.int() }),
  values: z.array(z.object({ value: z.record(z.string(), z.unknown()).default({}) })).default([]),
  get children() {
    return z.array(expressionSchema).default([]);
  },
});

const reportSchema = z.object({
  rules: z.object({ files: z.tuple([z.object({ content: z.string() })]) }),
  report: z.array(expressionSchema),
});

export interface Coverage {
  expressions: number;
  /** Expressions that no test evaluated. */
  unreached: string[];
  /** Conditions that came to true alone, or to false alone. */
  oneSided: string[];
}

/** What the emulator has counted of the rules' expressions since they were loaded. */
export async function readCoverage(): Promise<Coverage> {
  const response = await fetch(`http://${ADDRESS.firestore}/emulator/v1/projects/${PROJECT_ID}:ruleCoverage`);
  const { rules, report } = reportSchema.parse(await response.json());
  const source = rules.files[0].content;
  const text = ({ sourcePosition: at }: Expression): string =>
    `line ${at.line}: ${source.slice(at.currentOffset, at.endOffset)}`;

  const all = report.flatMap(withChildren);
  const outcomes = (expression: Expression): Set<unknown> =>
    new Set(expression.values.map(({ value }) => value["boolValue"]).filter((value) => value !== undefined));
  return {
    expressions: all.length,
    unreached: all.filter(({ values }) => values.length === 0).map(text),
    oneSided: all.filter((expression) => !isLiteral(expression) && outcomes(expression).size === 1).map(text),
  };

  function isLiteral({ sourcePosition: at }: Expression): boolean {
    return ["true", "false"].includes(source.slice(at.currentOffset, at.endOffset));
  }
}

function withChildren(expression: Expression): Expression[] {
  return [expression, ...expression.children.flatMap(withChildren)];
}
