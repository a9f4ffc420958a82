import { HOSTING } from "../support/api.ts";

// A header rule matches the path, whether the file exists or not.
test.each(["/assets/index-00000000.js", "/assets/index-00000000.css?v=1", "/assets/a/b.js", "/assets/", "/nothing.js"])(
  "a 404 at %s is cached for at most five minutes",
  async (path) => {
    const { status, headers } = await fetch(HOSTING + path);
    expect([status, maxAge(headers) <= 300]).toEqual([404, true]);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  },
);

test("the page's files are cached for five minutes, and revalidated by ETag", async () => {
  const page = await (await fetch(HOSTING)).text();
  const files = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    const { status, headers } = await fetch(HOSTING + file);
    expect([status, headers.get("cache-control"), headers.get("etag")]).toEqual([
      200,
      "public, max-age=300",
      expect.any(String),
    ]);
  }
});

/** The number of seconds for which a response may be cached; 0 without `max-age`. */
function maxAge(headers: Headers): number {
  return Number(/max-age=(\d+)/.exec(headers.get("cache-control") ?? "")?.[1] ?? 0);
}
