/** Ends a switch over a union: does not compile while a case is missing, is harmless at run time. */
export function assertNever(value: never): void {
  console.warn('unexpected value', value)
}
