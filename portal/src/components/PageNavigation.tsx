import type { ComponentChildren } from "preact";
import { TEXT } from "../messages.ts";

interface PageNavigationProps {
  /** Of the list. */
  title: string;
  /** From 1. */
  page: number;
  /** Null on the first page, and on the last one. */
  onNewer: (() => void) | null;
  onOlder: (() => void) | null;
  children?: ComponentChildren;
}

/** Turns the pages of a list. */
export function PageNavigation({ title, page, onNewer, onOlder, children }: PageNavigationProps) {
  return (
    <nav class="pages" aria-label={`${title}, ${TEXT.pages}`}>
      {onNewer ? (
        <button type="button" onClick={onNewer}>
          {TEXT.newer}
        </button>
      ) : null}
      <span>{`Page ${page}`}</span>
      {onOlder ? (
        <button type="button" onClick={onOlder}>
          {TEXT.older}
        </button>
      ) : null}
      {children}
    </nav>
  );
}
