import { TEXT } from "../messages.ts";
import { money } from "../money.ts";

interface TrendBarsProps {
  /** In order, each with what it is called. */
  bars: readonly { name: string; gross: number }[];
  currency: string;
}

export function TrendBars({ bars, currency }: TrendBarsProps) {
  const highest = Math.max(...bars.map(({ gross }) => gross), 1);
  const description = bars.map(({ name, gross }) => `${name} ${money(gross, currency)}`).join(", ");
  return (
    <svg role="img" aria-label={`${TEXT.gross}: ${description}`} viewBox={`0 0 ${bars.length * 14} 28`}>
      {bars.map(({ name, gross }, index) => {
        const height = Math.max(1.5, (26 * Math.max(0, gross)) / highest);
        return <rect key={name} x={index * 14} y={28 - height} width={10} height={height} rx={1.5} />;
      })}
    </svg>
  );
}
