import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { majorOf, shortMoney } from "../money.ts";
import type { Totals } from "../../../functions/src/domain/totals.ts";

export interface Bar {
  label: string;
  name: string;
  totals: Totals;
}

const HEIGHT = 240;

/** Drawn on a canvas, which nobody can read out: the table says the same. */
export function Bars({ bars, currency }: { bars: readonly Bar[]; currency: string }) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  const drawn = JSON.stringify([bars, currency, scheme]);
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    let plot: uPlot | undefined;
    let isOver = false;
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import("uplot");
      if (isOver) return;
      plot = new Plot(optionsOf(Plot, box, bars, currency), dataOf(bars, currency), box);
    };
    // In a browser with a language that is none it cannot even be loaded; the table is there all the same.
    draw().catch(() => box.classList.add("plot-none"));
    const observer = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: HEIGHT }));
    observer.observe(box);
    return () => {
      isOver = true;
      observer.disconnect();
      plot?.destroy();
    };
  }, [drawn]);
  return <div class="plot" ref={place} aria-hidden="true" />;
}

function dataOf(bars: readonly Bar[], currency: string): uPlot.AlignedData {
  const amounts = (of: (totals: Totals) => number): number[] => bars.map(({ totals }) => majorOf(of(totals), currency));
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

/** Whether it is dark: a canvas does not follow by itself. */
function useScheme(): boolean {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const [isDark, setIsDark] = useState(media.matches);
  useEffect(() => {
    const look = (): void => setIsDark(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return isDark;
}
