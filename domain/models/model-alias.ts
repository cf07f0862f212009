/** Names for versions of a model: `production` for one, or for several that share the requests (a canary), and a shadow beside them. */
import type { ModelVersion } from './model.ts';

/** What a reference stands for: an alias, a version, or the latest one. */
export interface ModelRoute {
  /** The greatest share first; the shares come to 1. */
  readonly targets: readonly { readonly version: ModelVersion; readonly weight: number }[];
  /** Is asked the same as whoever answers; its answers are counted and thrown away. */
  readonly shadow: ModelVersion | null;
}

export interface ModelAlias {
  readonly modelId: string;
  readonly alias: string;
  /** By version; they come to 1. */
  readonly weights: readonly { readonly version: number; readonly weight: number }[];
  readonly shadow: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** @param draw - from 0 to 1, uniform */
export function chooseTarget({ targets }: ModelRoute, draw: number): ModelVersion {
  let left = draw;
  for (const { version, weight } of targets) {
    left -= weight;
    if (left < 0) return version;
  }
  return targets[0]!.version;
}
