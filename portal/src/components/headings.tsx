import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { TEXT } from "../messages.ts";

/** A view's heading, and the window's. It gets the focus when the view is opened: whoever does not see it knows where they are. */
export function Title({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
    document.title = `${heading.current?.textContent ?? ""} · ${TEXT.product}`;
  }, []);
  return (
    <h1 tabIndex={-1} ref={heading}>
      {children}
    </h1>
  );
}

/** A part of what is shown of a payment. */
export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="part" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
