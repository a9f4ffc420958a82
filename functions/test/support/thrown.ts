/** What a call throws, to be looked at closely; undefined where it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
