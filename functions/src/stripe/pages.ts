/** What every list of Stripe's answers, as far as paging goes. */
export interface List<T> {
  data: T[];
  has_more: boolean;
}

/** The pages of a list, one question each. */
export async function* pagesOf<T extends { id: string }>(
  request: (page: { starting_after?: string }) => Promise<List<T>>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  for (;;) {
    const { data, has_more } = await request(cursor === undefined ? {} : { starting_after: cursor });
    yield data;
    cursor = data.at(-1)?.id;
    if (!has_more || cursor === undefined) return;
  }
}

/** All pages of a list that is short by nature. */
export async function listAll<T extends { id: string }>(
  request: (page: { starting_after?: string }) => Promise<List<T>>,
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pagesOf(request)) all.push(...page);
  return all;
}
