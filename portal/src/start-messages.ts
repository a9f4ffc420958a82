/** Texts that are shown before the others are loaded. */
export const START_TEXT = {
  cannotStart: "The page couldn’t start. Check your connection and try again.",
  tryAgain: "Try again",
} as const;
