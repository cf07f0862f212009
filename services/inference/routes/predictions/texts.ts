/** Texts of a request → ids of their characters or words, as the model was taught to read them. */
import { textEncoder } from '../../../../datasets/features/vocabulary.ts';
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { Feeds } from '../../sessions/messages.ts';
import { refuseAll, refuseOthers } from './refuse.ts';
import type { PredictionRequest } from './schemas.ts';

type Encode = ReturnType<typeof textEncoder>;
type Card = Pick<ClassificationCard, 'features'>;

/** Encoders of models in use: their maps cost more to make than a prediction. Forgotten with their cards. */
const encoders = new WeakMap<object, Encode>();

function encoderOf(card: Card): Encode {
  const feature = card.features.inputs[0]!;
  const known = encoders.get(feature);
  if (known) return known;
  const made = textEncoder(feature);
  encoders.set(feature, made);
  return made;
}

/** Ids that are padded to one length and run together, at most: one long text must not make a thousand short ones as long. */
const mostIds = 2 ** 17;

/** Throws `validation_failed` with a pointer to each value at fault. @returns the ids of each text, at least one */
export function readTexts(inputs: PredictionRequest['inputs'], card: Card): readonly Uint32Array[] {
  const { column } = card.features.inputs[0]!;
  const encode = encoderOf(card);
  const errors: FieldError[] = [];
  const texts = inputs.map((input, n) => {
    refuseOthers(input, n, ['row', 'text'], errors);
    const text = readText(input, column, `/inputs/${n}`, errors);
    return text === null ? Uint32Array.of() : encode(text);
  });
  refuseAll(errors);
  return texts;
}

/** Which texts are run together: those of like lengths. */
export function groupByLength(texts: readonly Uint32Array[]): readonly (readonly number[])[] {
  const order = texts.map((_, index) => index).sort((a, b) => texts[a]!.length - texts[b]!.length || a - b);
  const groups: number[][] = [];
  for (const index of order) {
    const group = groups.at(-1);
    if (group && (group.length + 1) * texts[index]!.length <= mostIds) group.push(index);
    else groups.push([index]);
  }
  return groups;
}

/** The inputs of the model for some texts. */
export function feedTexts(texts: readonly Uint32Array[]): Feeds {
  const T = texts.reduce((most, { length }) => Math.max(most, length), 0);
  const tokens = new BigInt64Array(texts.length * T);
  texts.forEach((ids, n) => {
    ids.forEach((id, t) => {
      tokens[n * T + t] = BigInt(id);
    });
  });
  return {
    tokens: { data: tokens, dims: [texts.length, T] },
    lengths: { data: BigInt64Array.from(texts, ({ length }) => BigInt(length)), dims: [texts.length] },
  };
}

/** The text itself, or that of the model's column in a row; a row without one has an empty text, as in a dataset. */
function readText(
  { row, text }: PredictionRequest['inputs'][number],
  column: string,
  pointer: string,
  errors: FieldError[],
): string | null {
  if (row !== undefined && text !== undefined) {
    errors.push({ pointer, message: 'expected a row or a text, got both' });
    return null;
  }
  if (text !== undefined) return text;
  if (row === undefined) {
    errors.push({ pointer, message: `expected a row with ${preview(column)}, or a text, got neither` });
    return null;
  }
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value === null) return '';
  if (typeof value === 'string') return value;
  errors.push({
    pointer: `${pointer}/row/${escapePointer(column)}`,
    message: `expected a text, got ${preview(value)}`,
  });
  return null;
}
