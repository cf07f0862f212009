/** A network that writes sequences as its two programs run it, with parameters that may change. */
import { unpackLayout } from '../programs/parameters.ts';
import { compile } from '../programs/compile.ts';
import { input } from '../graph/ops.ts';
import type { Session, Value } from '../runtime/session.ts';
import type { WriterShape } from '../spec/decoder-shape.ts';
import {
  keptOf,
  startProgram,
  stepProgram,
  type GivenParameters,
} from '../programs/decoder/decoding-programs.ts';
import { writerLayout } from '../programs/decoder/writer-parameters.ts';
import type { Decoder } from './decoder.ts';

/** The two programs of a network that writes sequences, with the flat vector `parameters` [P] as their input. */
export function decodingPrograms(writer: WriterShape): { start: Uint8Array; step: Uint8Array } {
  const layout = writerLayout(writer);
  const given = (): GivenParameters => {
    const flat = input('parameters', [layout.reduce((total, { size }) => total + size, 0)]);
    return { tensors: unpackLayout(layout, flat), inputs: [flat] };
  };
  return { start: compile(startProgram(writer, given())), step: compile(stepProgram(writer, given())) };
}

/** @param sessions - of decodingPrograms */
export function decoderOf(
  writer: WriterShape,
  parameters: Float32Array,
  sessions: { readonly start: Session; readonly step: Session },
): Decoder {
  const flat: Value = { data: parameters, dims: [parameters.length] };
  return {
    begin: async (read) => {
      const { state, ...others } = await sessions.start.run({ parameters: flat, ...read });
      const kept = Object.fromEntries(
        keptOf(writer).map((name) => [name, others[name] ?? (read[name] as Value)]),
      );
      return { state: state!, kept };
    },
    step: async (written, { state, kept }) => {
      const result = await sessions.step.run({ parameters: flat, written, state, ...kept });
      return { state: result.next_state!, output: (result.log_probabilities ?? result.numbers)! };
    },
  };
}
