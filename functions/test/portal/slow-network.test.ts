import { seedFranchisee } from "../../tools/bench/seed.ts";
import { HOSTING, newFranchisee } from "../support/api.ts";
import { database } from "../support/database.ts";
import { visitAs } from "./support/visit.ts";

/** Slow 3G: 400 kbit/s, 400 ms. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };

test.each(["cold", "warm"])(
  "on a slow network with a %s cache, the figures are shown without waiting for the list",
  async (cache) => {
    const own = newFranchisee();
    await seedFranchisee(database(), own, 600);
    const { page } = await visitAs({ franchisees: [own] });
    const list = page.getByRole("table", { name: "Payments" });
    await list.waitFor();
    await page.goto("about:blank");
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    await network.send("Network.setCacheDisabled", { cacheDisabled: cache === "cold" });
    await network.send("Network.emulateNetworkConditions", SLOW);
    const openedAt = Date.now();
    await page.goto(`${HOSTING}/#/${own}`, { waitUntil: "commit" });
    await page.getByRole("region", { name: "Summary" }).getByText("Gross").waitFor();
    const figures = Date.now() - openedAt;
    expect(await list.count()).toBe(0);
    await list.waitFor();
    process.stderr.write(
      `Slow 3G, ${cache} cache: figures after ${figures} ms, list after ${Date.now() - openedAt} ms\n`,
    );
  },
  120_000,
);
