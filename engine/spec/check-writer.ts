/** What the types of a network that writes sequences cannot say: which of its parts do not go together. */
import type { SpecificationError } from './check-model.ts';
import { feedsOutput, feedsVector, type TokenWriting, type WriterShape } from './decoder-shape.ts';

/** @returns one entry for each impossible combination, with a pointer into the shape; none when the network can be built */
export function checkWriter(writer: WriterShape): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (field: string, message: string) => errors.push({ pointer: `/decoder/${field}`, message });
  const { attention, cell, peepholes, activation, writes } = writer.decoder;
  if (writer.decoder.feedContext === true && writer.architecture === 'vector_to_sequence') {
    refuse('feedContext', 'expected feedContext with encoder_decoder alone, got vector_to_sequence');
  }
  if (!feedsOutput(writer.decoder) && !feedsVector(writer)) {
    refuse('feedOutput', 'expected what is read in every step where what was written is not, got neither');
  }
  if (attention && writer.architecture === 'vector_to_sequence') {
    refuse(
      'attention',
      'expected attention with encoder_decoder alone, got vector_to_sequence: a vector has no steps to look at',
    );
  }
  if (attention?.size !== undefined && attention.score !== 'additive') {
    refuse('attention/size', `expected a size with additive attention alone, got ${attention.score}`);
  }
  if (peepholes === true && cell !== 'lstm') {
    refuse('peepholes', `expected peepholes with cell lstm alone, got ${cell}`);
  }
  if (activation !== undefined && cell !== 'rnn') {
    refuse('activation', `expected an activation with cell rnn alone, got ${activation} with ${cell}`);
  }
  if (writes.type === 'tokens') checkIds(writes, refuse);
  return errors;
}

function checkIds(writes: TokenWriting, refuse: (field: string, message: string) => void): void {
  const ids = { start: writes.start, end: writes.end, pad: writes.pad };
  for (const [name, id] of Object.entries(ids)) {
    if (!Number.isInteger(id) || id < 0 || id >= writes.vocabulary) {
      refuse(`writes/${name}`, `expected an id from 0 to ${writes.vocabulary - 1}, got ${id}`);
    }
  }
  if (new Set(Object.values(ids)).size < 3) {
    refuse('writes', `expected different ids for start, end and pad, got ${Object.values(ids).join(', ')}`);
  }
}
