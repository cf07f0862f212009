/** A decoder made of the two files that are exported for searches. */
import type { Session } from '../runtime/session.ts';
import type { Decoder } from './decoder.ts';

export interface DecoderFiles {
  readonly reading: Session;
  readonly step: Session;
  /** What the step takes beside `written` and `state`, as the reading gives it. */
  readonly stepInputs: readonly string[];
}

export const fileDecoder = ({ reading, step, stepInputs }: DecoderFiles): Decoder => ({
  begin: async (read) => {
    const { state, ...others } = await reading.run(read);
    return { state: state!, kept: Object.fromEntries(stepInputs.map((name) => [name, others[name]!])) };
  },
  step: async (written, { state, kept }) => {
    const result = await step.run({ written, state, ...kept });
    return { state: result.next_state!, output: (result.log_probabilities ?? result.numbers)! };
  },
});
