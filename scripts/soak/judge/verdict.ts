/** What the judge says: one line for each check, with what is wrong. */
export interface Verdict {
  readonly check: string;
  /** How many things were looked at. */
  readonly looked: number;
  /** Empty: it held. */
  readonly violations: readonly string[];
}

/** Applies a check to each item; what it answers, or throws, is wrong with it. */
export async function judgeEach<Item>(
  check: string,
  items: readonly Item[],
  look: (item: Item) => Promise<readonly string[]> | readonly string[],
): Promise<Verdict> {
  const violations: string[] = [];
  for (const item of items) {
    try {
      violations.push(...(await look(item)));
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { check, looked: items.length, violations };
}
