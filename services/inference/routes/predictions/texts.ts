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

/** Throws `validation_failed` with a pointer to each value at fault. */
export function readTexts(inputs: PredictionRequest['inputs'], card: Card): Feeds {
  const { column } = card.features.inputs[0]!;
  const encode = encoderOf(card);
  const errors: FieldError[] = [];
  const texts = inputs.map((input, n) => {
    refuseOthers(input, n, ['row', 'text'], errors);
    const text = readText(input, column, `/inputs/${n}`, errors);
    return text === null ? Uint32Array.of() : encode(text);
  });
  refuseAll(errors);
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
