import { TEXT } from "../messages.ts";

interface CurrencySelectProps {
  currencies: readonly string[];
  currency: string;
  onChange: (currency: string) => void;
}

/** Nothing, unless there are several. */
export function CurrencySelect({ currencies, currency, onChange }: CurrencySelectProps) {
  if (currencies.length < 2) return null;
  return (
    <label class="inline">
      {TEXT.currency}
      <select value={currency} onChange={(event) => onChange(event.currentTarget.value)}>
        {currencies.map((code) => (
          <option key={code} value={code}>
            {code.toUpperCase()}
          </option>
        ))}
      </select>
    </label>
  );
}
