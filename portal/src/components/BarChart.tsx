import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { Totals } from "../../../functions/src/domain/totals.ts";
import { shortMoney, toMajorUnits } from "../money.ts";

export interface Bar {
  label: string;
  name: string;
  totals: Totals;
}

const HEIGHT_REM = 15;

/** The scale's ends, beyond the first and the last bar. */
const MARGIN = 0.6;

interface BarChartProps {
  name: string;
  bars: readonly Bar[];
  currency: string;
  /** The index of the bar whose values are shown. */
  selected: number | null;
  /** The values of a bar, as screen readers say them. */
  valuesOf: (bar: Bar) => string;
  onSelect: (index: number | null) => void;
}

/** Bars on a canvas. Pointer, touch and arrow keys select one. */
export function BarChart({ name, bars, currency, selected, valuesOf, onSelect }: BarChartProps) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const band = useRef<number | null>(null);
  const isDark = useDarkMode();
  const drawn = JSON.stringify([bars, currency, isDark]);
  useEffect(() => {
    const box = container.current;
    if (!box) return undefined;
    let isUnmounted = false;
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import("uplot");
      if (isUnmounted) return;
      plot.current = new Plot(optionsOf(Plot, box, bars, currency, band), dataOf(bars, currency), box);
    };
    // uPlot does not load in a browser with a malformed language; the table remains.
    draw().catch(() => box.classList.add("plot-none"));
    const observer = new ResizeObserver(() => plot.current?.setSize(sizeOf(box)));
    observer.observe(box);
    return () => {
      isUnmounted = true;
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `drawn` contains the bars and the currency
  }, [drawn]);
  useEffect(() => {
    band.current = selected;
    plot.current?.redraw(false);
  }, [selected]);

  const last = bars.length - 1;
  const newest = bars.findLastIndex(({ totals }) => totals.count > 0);
  const current = selected ?? Math.max(0, newest);
  const select = (index: number): void => onSelect(Math.max(0, Math.min(last, index)));
  const selectAt = ({ clientX }: PointerEvent): void => {
    if (!plot.current) return;
    const { left } = plot.current.over.getBoundingClientRect();
    select(Math.round(plot.current.posToVal(clientX - left, "x")));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") onSelect(null);
    if (index === undefined) return;
    event.preventDefault();
    select(index);
  };
  const shown = bars[current];
  return (
    <div
      class="plot"
      ref={container}
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuemin={1}
      aria-valuemax={bars.length}
      aria-valuenow={current + 1}
      aria-valuetext={shown && valuesOf(shown)}
      onKeyDown={onKeyDown}
      onFocus={() => select(current)}
      onBlur={() => onSelect(null)}
      onPointerDown={selectAt}
      onPointerMove={selectAt}
      onPointerLeave={({ pointerType }) => {
        if (pointerType === "mouse" && document.activeElement !== container.current) onSelect(null);
      }}
    />
  );
}

function sizeOf(box: HTMLElement): { width: number; height: number } {
  return { width: box.clientWidth, height: HEIGHT_REM * remOf() };
}

/** In pixels: a canvas does not follow the browser's text size. */
function remOf(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function dataOf(bars: readonly Bar[], currency: string): uPlot.AlignedData {
  const amounts = (of: (totals: Totals) => number): number[] =>
    bars.map(({ totals }) => toMajorUnits(of(totals), currency));
  return [bars.map((_, index) => index), amounts(({ gross }) => gross), amounts(({ net }) => net)];
}

function optionsOf(
  Plot: typeof uPlot,
  box: HTMLElement,
  bars: readonly Bar[],
  currency: string,
  band: { readonly current: number | null },
): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const paths = Plot.paths.bars?.({ size: [0.72, 44], radius: 0.12 });
  const series = (fill: string): uPlot.Series => ({
    fill: colour(fill),
    width: 0,
    points: { show: false },
    ...(paths && { paths }),
  });
  const rem = remOf();
  const font = `${0.75 * rem}px ${style.fontFamily}`;
  return {
    ...sizeOf(box),
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 8, 0, 0],
    scales: {
      x: { time: false, range: () => [-MARGIN, bars.length - 1 + MARGIN] },
      y: { range: (_plot, min, max) => [Math.min(0, min), max > 0 ? max * 1.06 : 1] },
    },
    axes: [
      {
        font,
        stroke: colour("--quiet"),
        grid: { show: false },
        ticks: { show: false },
        size: 1.75 * rem,
        incrs: [1, 2, 3, 5, 10, 20, 50, 100],
        // As wide as its longest label.
        space: Math.max(1.75, 0.5 * Math.max(...bars.map(({ label }) => label.length))) * rem,
        values: (_plot, splits) => splits.map((index) => bars[index]?.label ?? ""),
      },
      {
        font,
        stroke: colour("--quiet"),
        // As wide as its longest text, of which nothing is cut.
        size: (plot, values: readonly string[] | null) => {
          plot.ctx.font = `${0.75 * rem * devicePixelRatio}px ${style.fontFamily}`;
          const widths = (values ?? []).map((value) => plot.ctx.measureText(value).width / devicePixelRatio);
          return Math.ceil(Math.max(3 * rem, ...widths) + 0.75 * rem);
        },
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((amount) => shortMoney(amount, currency)),
      },
    ],
    series: [{}, series("--gross"), series("--accent")],
    hooks: {
      // A band behind the selected bar.
      drawClear: [
        (plot) => {
          if (band.current === null) return;
          const { ctx, bbox } = plot;
          const left = plot.valToPos(band.current - 0.5, "x", true);
          ctx.fillStyle = colour("--plain-ground");
          ctx.fillRect(left, bbox.top, plot.valToPos(band.current + 0.5, "x", true) - left, bbox.height);
        },
      ],
    },
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
