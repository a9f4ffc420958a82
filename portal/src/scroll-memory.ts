/**
 * Keeps how far each entry of the tab's history is scrolled, for Back and reload. The browser's own attempt comes too
 * early: the rows load after the page.
 */
import { useEffect, useRef } from "preact/hooks";
import { numberAt } from "./firestore/fields.ts";

/** How long a position must last, so that history is not written at every step. Safari limits how often it may be. */
const SETTLED_MS = 200;

/** How long a page may take to be as high as it was. */
const RESTORE_MS = 15_000;

const INPUTS = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

/** `page` identifies what is scrolled; a dialog over it is the same page. `content` holds everything of it. */
export function useScrollMemory(page: string, content: () => HTMLElement | null): void {
  const shown = useRef<string | null>(null);
  const isRestoring = useRef(false);

  useEffect(() => {
    history.scrollRestoration = "manual";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const save = (): void => {
      const height = content()?.getBoundingClientRect().height ?? 0;
      if (!isRestoring.current) history.replaceState({ scrollTop: scrollY, height }, "");
    };
    // A position of the entry before must not be saved for this one.
    const saveLater = (): void => {
      clearTimeout(timer);
      timer = setTimeout(save, SETTLED_MS);
    };
    const saveNow = (): void => {
      clearTimeout(timer);
      save();
    };
    addEventListener("scroll", saveLater, { passive: true });
    addEventListener("hashchange", saveLater);
    addEventListener("pagehide", saveNow);
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", saveLater);
      removeEventListener("hashchange", saveLater);
      removeEventListener("pagehide", saveNow);
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `content` finds the same element
  }, []);

  useEffect(() => {
    const isFirst = shown.current === null;
    shown.current = page;
    const state: unknown = history.state;
    const top = numberAt(state, "scrollTop") ?? 0;
    if (top > 0) return restore(top, numberAt(state, "height") ?? 0, content(), isRestoring);
    if (!isFirst) scrollTo({ top: 0, behavior: "instant" });
    return undefined;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `content` finds the same element
  }, [page]);
}

/** Scrolls there while the page grows, until the user takes over. Returns what ends it. */
function restore(top: number, height: number, content: HTMLElement | null, isRestoring: { current: boolean }) {
  if (!content) return undefined;
  isRestoring.current = true;
  // Lists load only rows that are in or near the window, so it is moved there first.
  content.style.minHeight = `${height}px`;
  const scrollThere = (): void => scrollTo({ top, behavior: "instant" });
  const observer = new ResizeObserver(scrollThere);
  observer.observe(document.body);
  for (const child of content.children) observer.observe(child);
  const end = (): void => {
    clearTimeout(timer);
    observer.disconnect();
    isRestoring.current = false;
    for (const input of INPUTS) removeEventListener(input, end);
  };
  const timer = setTimeout(() => {
    end();
    content.style.minHeight = "";
  }, RESTORE_MS);
  for (const input of INPUTS) addEventListener(input, end, { passive: true });
  scrollThere();
  return () => {
    end();
    content.style.minHeight = "";
  };
}
