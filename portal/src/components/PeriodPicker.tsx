import { useState } from "preact/hooks";
import { TEXT } from "../messages.ts";
import {
  type Days,
  daysOfPeriod,
  daysText,
  isReversed,
  periodOfDays,
  periodText,
  PRESET_TEXTS,
  shifted,
  yearBefore,
} from "../period.ts";

interface PeriodPickerProps {
  period: string;
  days: Days;
  today: string;
  onChange: (period: string, isTyped?: boolean) => void;
}

/** While it is being typed, a year may have other numbers of digits. */
const TYPED_DAY = /^[1-9]\d{3}-\d\d-\d\d$/;

/** Chooses the days of all figures on the page. */
export function PeriodPicker({ period, days, today, onChange }: PeriodPickerProps) {
  const isPreset = PRESET_TEXTS.some(([preset]) => preset === period);
  const steps = [
    { text: TEXT.previousPeriod, other: shifted(days, -1, today) },
    { text: TEXT.nextPeriod, other: shifted(days, 1, today) },
    { text: TEXT.yearBefore, other: yearBefore(days, today) },
  ].map(({ text, other }) => {
    const isPast = other !== null && other.from !== null && other.from <= today;
    const step = isPast ? periodOfDays(other) : null;
    // Years have four digits.
    return { text, step: step !== null && daysOfPeriod(step, today) ? step : null };
  });
  return (
    <section class="period" aria-label={TEXT.period}>
      <div class="filters">
        <label>
          {TEXT.period}
          <select value={period} onChange={(event) => onChange(event.currentTarget.value)}>
            {isPreset ? null : <option value={period}>{periodText(period, days)}</option>}
            {PRESET_TEXTS.map(([preset, text]) => (
              <option key={preset} value={preset}>
                {text}
              </option>
            ))}
          </select>
        </label>
        {(["from", "to"] as const).map((end) => (
          <DayInput
            key={end}
            name={TEXT[end]}
            day={days[end]}
            onChange={(day) => onChange(periodOfDays({ ...days, [end]: day }), true)}
          />
        ))}
      </div>
      <div class="steps">
        <p class="hint" role="status">
          {isReversed(days) ? TEXT.reversedPeriod : daysText(days)}
        </p>
        {steps.map(({ text, step }) => (
          <button
            key={text}
            type="button"
            class="quiet"
            disabled={step === null}
            onClick={() => step !== null && onChange(step)}
          >
            {text}
          </button>
        ))}
      </div>
    </section>
  );
}

interface DayInputProps {
  name: string;
  day: string | null;
  onChange: (day: string | null) => void;
}

/** While it has the focus, it keeps what is typed, whatever the page shows meanwhile. */
function DayInput({ name, day, onChange }: DayInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label>
      {name}
      <input
        type="date"
        max="9999-12-31"
        value={typed ?? day ?? ""}
        onInput={({ currentTarget: { value, validity } }) => {
          setTyped(value);
          if (TYPED_DAY.test(value)) onChange(value);
          // An incomplete day has no value, either.
          else if (value === "" && !validity.badInput) onChange(null);
        }}
        onBlur={() => setTyped(null)}
      />
    </label>
  );
}
