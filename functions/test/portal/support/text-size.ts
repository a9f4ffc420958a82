import type { Page } from "playwright-core";

/** Sets the text size in the browser's settings, as a multiple of the default. */
export async function setTextSize(page: Page, factor: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setFontSizes", { fontSizes: { standard: 16 * factor, fixed: 13 * factor } });
  await session.detach();
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
