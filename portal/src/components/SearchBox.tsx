import { useState } from "preact/hooks";
import { TEXT } from "../messages.ts";

/** On every view. The search begins with Enter, so that typing costs no reads. */
export function SearchBox({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(typed);
      }}
    >
      <input
        type="search"
        aria-label={TEXT.search}
        placeholder={TEXT.search}
        maxLength={300}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        dir="auto"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </form>
  );
}
