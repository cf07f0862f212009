/** A run that fails is tried again in halves, so that only those fail that are to blame. */
import { asError, type Outcome } from './batcher.ts';

/**
 * Outcomes of the items in their order. With one item to blame among n, at most 2·log2(n) runs more are needed.
 * @param isOfAll - whether an error would come of any item (the model can't be opened): then it is everyone's
 */
export async function runApart<Item, Answer>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
  isOfAll: (error: unknown) => boolean,
): Promise<readonly Outcome<Answer>[]> {
  try {
    return (await run(items)).map((answer) => ({ answer }));
  } catch (error) {
    if (items.length === 1 || isOfAll(error)) return items.map(() => ({ error: asError(error) }));
    const half = Math.ceil(items.length / 2);
    return [
      ...(await runApart(items.slice(0, half), run, isOfAll)),
      ...(await runApart(items.slice(half), run, isOfAll)),
    ];
  }
}
