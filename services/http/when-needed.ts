/** A value that is made when it is first asked for: a start makes none, and nobody waits for what no request needs. */
export function whenNeeded<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
