import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { shortMoney, toMajorUnits } from "../money.ts";

export interface Bar {
  label: string;
  name: string;
  totals: Totals;
}

const HEIGHT = 240;

/** A canvas, which screen readers skip: the table has the same data. */
export function BarChart({ bars, currency }: { bars: readonly Bar[]; currency: string }) {
  const container = useRef<HTMLDivElement>(null);
  const isDark = useDarkMode();
  const drawn = JSON.stringify([bars, currency, isDark]);
  useEffect(() => {
    const box = container.current;
    if (!box) return undefined;
    let plot: uPlot | undefined;
    let isUnmounted = false;
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import("uplot");
      if (isUnmounted) return;
      plot = new Plot(optionsOf(Plot, box, bars, currency), dataOf(bars, currency), box);
    };
    // uPlot does not load in a browser with a malformed language; the table remains.
    draw().catch(() => box.classList.add("plot-none"));
    const observer = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: HEIGHT }));
    observer.observe(box);
    return () => {
      isUnmounted = true;
      observer.disconnect();
      plot?.destroy();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `drawn` contains the bars and the currency
  }, [drawn]);
  return <div class="plot" ref={container} aria-hidden="true" />;
}

function dataOf(bars: readonly Bar[], currency: string): uPlot.AlignedData {
  const amounts = (of: (totals: Totals) => number): number[] =>
    bars.map(({ totals }) => toMajorUnits(of(totals), currency));
  return [bars.map((_, index) => index), amounts(({ gross }) => gross), amounts(({ net }) => net)];
}

function optionsOf(Plot: typeof uPlot, box: HTMLElement, bars: readonly Bar[], currency: string): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const paths = Plot.paths.bars?.({ size: [0.72, 44], radius: 0.12 });
  const series = (fill: string): uPlot.Series => ({
    fill: colour(fill),
    width: 0,
    points: { show: false },
    ...(paths && { paths }),
  });
  const font = `12px ${style.fontFamily}`;
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 8, 0, 0],
    scales: {
      x: { time: false, range: () => [-0.6, bars.length - 0.4] },
      y: { range: (_plot, min, max) => [Math.min(0, min), max > 0 ? max * 1.06 : 1] },
    },
    axes: [
      {
        font,
        stroke: colour("--quiet"),
        grid: { show: false },
        ticks: { show: false },
        size: 28,
        incrs: [1, 2, 3, 5, 10],
        space: 28,
        values: (_plot, splits) => splits.map((index) => bars[index]?.label ?? ""),
      },
      {
        font,
        stroke: colour("--quiet"),
        size: 64,
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((amount) => shortMoney(amount, currency)),
      },
    ],
    series: [{}, series("--gross"), series("--accent")],
  };
}

const darkMode = matchMedia("(prefers-color-scheme: dark)");

/** A canvas does not adapt to the colour scheme. */
function useDarkMode(): boolean {
  const [isDark, setIsDark] = useState(darkMode.matches);
  useEffect(() => {
    const update = (): void => setIsDark(darkMode.matches);
    darkMode.addEventListener("change", update);
    return () => darkMode.removeEventListener("change", update);
  }, []);
  return isDark;
}
