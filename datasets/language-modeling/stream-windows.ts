/** A stream of ids as windows that follow each other, each token the target of the one before it. */
import type { WindowSource } from '../../engine/training/window-source.ts';

/**
 * @param ids - at least 2
 * @param length - T; what the last window lacks has a weight of 0
 */
export function streamWindows(ids: Uint32Array, length: number): WindowSource {
  const targets = ids.length - 1;
  const count = Math.ceil(targets / length);
  const isWhole = targets % length === 0;
  return {
    count,
    steps: length,
    inputSize: 1,
    targetSteps: length,
    outputSize: 1,
    seriesStarts: [0],
    ...(!isWhole && { weightsPerOutput: 1 }),
    read(windows, x, y, weights) {
      const N = windows.length;
      windows.forEach((window, n) => {
        for (let t = 0; t < length; t++) {
          const place = window * length + t;
          const isThere = place < targets;
          x[t * N + n] = isThere ? ids[place]! : 0;
          y[t * N + n] = isThere ? ids[place + 1]! : 0;
          if (!isWhole && weights) weights[t * N + n] = isThere ? 1 : 0;
        }
      });
    },
  };
}
