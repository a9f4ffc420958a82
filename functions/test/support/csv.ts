/** The lines of a CSV file, each by the names in its header. Throws unless it begins with a byte order mark. */
export async function csvLines(response: Response): Promise<Record<string, string>[]> {
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  const [header = [], ...lines] = parseCsv(bytes.toString("utf8").slice(1));
  for (const cells of lines) expect(cells).toHaveLength(header.length);
  return lines.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ""])));
}

/** The cells of a file as RFC 4180 defines it, line by line. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let cells: string[] = []; cell.lastIndex < text.length;) {
    const match = cell.exec(text);
    if (!match) throw new Error(`Invalid CSV: ${text.slice(0, 100)}`);
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    lines.push(cells);
    cells = [];
  }
  return lines;
}
