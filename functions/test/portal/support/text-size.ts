import type { CDPSession, Page } from "playwright-core";

/** The setting ends with the session that made it. */
const sessions = new WeakMap<Page, CDPSession>();

/** The text size in the browser's settings, as a multiple of the default. */
export function textSizeOf(page: Page): Promise<number> {
  return page.evaluate(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
}

/** Changes the text size in the browser's settings, until the window or its media are changed. */
export async function setTextSize(page: Page, factor: number): Promise<void> {
  const session = sessions.get(page) ?? (await page.context().newCDPSession(page));
  sessions.set(page, session);
  const size = 16 * factor;
  await session.send("Page.setFontSizes", { fontSizes: { standard: size, fixed: 13 * factor } });
  await page.waitForFunction((pixels) => getComputedStyle(document.documentElement).fontSize === `${pixels}px`, size);
}

/** The amounts of which a part is outside a box that hides it, outside their row, or outside the window. */
export function cutAmounts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cut: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const amount = text.textContent ?? "";
      if (!/[$¥]\d|\b[A-Z]{3}\u00A0\d/.test(amount)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const rectangles = [...range.getClientRects()].filter(({ width }) => width > 0);
      const isWithin = (left: number, right: number, top = -Infinity, bottom = Infinity): boolean =>
        rectangles.every(
          (one) => one.left >= left - 1 && one.right <= right + 1 && one.top >= top - 1 && one.bottom <= bottom + 1,
        );
      let isShown = true;
      let canScroll = false;
      for (let box = text.parentElement; box !== null; box = box.parentElement) {
        const { overflowX, clipPath } = getComputedStyle(box);
        const { left, right, top, bottom } = box.getBoundingClientRect();
        // Hidden from view, for screen readers only.
        if (clipPath !== "none") rectangles.length = 0;
        canScroll ||= box.tagName !== "BODY" && (overflowX === "auto" || overflowX === "scroll");
        if (canScroll) break;
        if (box.role === "row") isShown &&= isWithin(left, right, top, bottom);
        else if (overflowX === "hidden" || overflowX === "clip") isShown &&= isWithin(left, right);
      }
      if (!isShown || (!canScroll && !isWithin(0, innerWidth))) cut.push(amount);
    }
    return cut;
  });
}
