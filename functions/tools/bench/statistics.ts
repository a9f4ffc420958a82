/** The value below which this share of the sample lies. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (sample: readonly number[]): number => quantile(sample, 0.5);

/** The median, and the range. */
export function withSpread(rounds: readonly number[], digits: number): string {
  return `${median(rounds).toFixed(digits)} (${Math.min(...rounds).toFixed(digits)}–${Math.max(...rounds).toFixed(digits)})`;
}
