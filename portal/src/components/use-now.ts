import { useEffect, useState } from "preact/hooks";

const CLOCK_MS = 30_000;
const clocks = new Set<(now: Date) => void>();
setInterval(() => {
  for (const tell of clocks) tell(new Date());
}, CLOCK_MS);

/** The time, for as long as somebody looks at how long ago things were. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    clocks.add(setNow);
    return () => void clocks.delete(setNow);
  }, []);
  return now;
}
