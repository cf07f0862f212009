/** All ways to look at an encoder's outputs that a decoder can name. */
import type { AttentionScore } from '../../spec/decoder-shape.ts';
import { additive } from './additive.ts';
import type { Attention } from './attention.ts';
import { dot } from './dot.ts';

const attentions: Record<AttentionScore, Attention> = {
  additive,
  dot: dot(false),
  scaled_dot: dot(true),
};

export const attentionOf = (score: AttentionScore): Attention => attentions[score];
