import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { TEXT } from "../messages.ts";

/** The heading of a view and the window title. It receives the focus, so screen readers announce the new view. */
export function Title({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${heading.current?.textContent ?? ""} · ${TEXT.product}`;
  });
  return (
    <h1 tabIndex={-1} ref={heading}>
      {children}
    </h1>
  );
}

/** A section of the payment dialog. */
export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="detail" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
