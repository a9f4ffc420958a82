import { HOSTING } from "../support/api.ts";

// A header rule goes by the path, whether there is a file or not.
test.each(["/assets/index-00000000.js", "/assets/index-00000000.css?v=1", "/assets/a/b.js", "/assets/", "/nothing.js"])(
  "that there is nothing at %s is not kept for longer than five minutes",
  async (path) => {
    const { status, headers } = await fetch(HOSTING + path);
    expect([status, maxAge(headers) <= 300]).toEqual([404, true]);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  },
);

test("what the page loads is kept for five minutes, and can be asked for again by its ETag", async () => {
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

/** For how many seconds an answer may be used without asking again; without a word of it, not at all. */
function maxAge(headers: Headers): number {
  return Number(/max-age=(\d+)/.exec(headers.get("cache-control") ?? "")?.[1] ?? 0);
}
