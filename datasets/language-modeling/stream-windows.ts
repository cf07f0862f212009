/** A stream of ids as windows that follow each other, each token the target of the one before it. */
import type { WindowSource } from '../../engine/training/window-source.ts';
import { numbersWriter, type Keeping, type KeptNumbers } from '../rows/kept-numbers.ts';

/** Ids in their order, which can be gone through again and again. */
export interface Ids extends Iterable<number> {
  readonly length: number;
}

/** A stream whose ids lie in memory or in a file. */
export interface KeptStream extends Ids {
  readonly windows: WindowSource;
  /** Gives memory and file back. */
  readonly release: () => void;
}

export interface StreamWriter {
  write(id: number): void;
  /** After the last id. */
  finish(): KeptStream;
}

/**
 * Each window is kept with the token behind it, which is its last target and the next one's first token.
 * @param length - T; what the last window lacks has a weight of 0
 * @param keeping - in memory alone if absent
 */
export function streamWriter(length: number, keeping?: Keeping): StreamWriter {
  const writer = numbersWriter(keeping);
  const window = new Uint32Array(length + 1);
  let [used, written] = [0, 0];
  const close = (): void => {
    writer.next(used).ids.set(window.subarray(0, used));
    window[0] = window[used - 1]!;
    used = 1;
  };
  return {
    write(id) {
      window[used++] = id;
      written += 1;
      if (used > length) close();
    },
    finish() {
      if (used > 1) close();
      const kept = writer.finish();
      return {
        length: written,
        *[Symbol.iterator]() {
          for (let row = 0; row < kept.count; row++) {
            const { ids } = kept.read(row);
            yield* row === 0 ? ids : ids.subarray(1);
          }
        },
        windows: windowsOf(kept, length, written - 1),
        release: kept.release,
      };
    },
  };
}

function windowsOf(kept: Pick<KeptNumbers, 'count' | 'read'>, length: number, targets: number): WindowSource {
  const isWhole = targets % length === 0;
  return {
    count: kept.count,
    steps: length,
    inputSize: 1,
    targetSteps: length,
    outputSize: 1,
    seriesStarts: [0],
    ...(!isWhole && { weightsPerOutput: 1 }),
    read(windows, x, y, weights) {
      const N = windows.length;
      windows.forEach((window, n) => {
        const { ids } = kept.read(window);
        for (let t = 0; t < length; t++) {
          const isThere = t + 1 < ids.length;
          x[t * N + n] = isThere ? ids[t]! : 0;
          y[t * N + n] = isThere ? ids[t + 1]! : 0;
          if (!isWhole && weights) weights[t * N + n] = isThere ? 1 : 0;
        }
      });
    },
  };
}
