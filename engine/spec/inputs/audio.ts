/** Columns of recordings, as a sequence of frames. */
import { Type, type Static } from 'typebox';
import { columnOf } from './column.ts';

const common = {
  column: columnOf('of recordings'),
  sample_rate: Type.Integer({
    minimum: 1000,
    maximum: 48_000,
    default: 16_000,
    description: 'Hertz to which every recording is brought.',
  }),
  max_seconds: Type.Number({
    minimum: 0.01,
    maximum: 600,
    default: 10,
    description: 'What is read of a recording at most; the rest is left out.',
  }),
};
const frames = {
  frame_ms: Type.Number({ minimum: 1, maximum: 1000, default: 25, description: 'Length of a frame.' }),
  hop_ms: Type.Number({
    minimum: 1,
    maximum: 1000,
    default: 10,
    description: 'From the start of one frame to that of the next.',
  }),
};
const mels = Type.Integer({
  minimum: 4,
  maximum: 128,
  default: 40,
  description: 'Bands of the mel scale (HTK), from 0 Hz to half the sample rate.',
});

const LogMelInput = Type.Object(
  { audio: Type.Literal('log_mel'), ...common, ...frames, mels },
  { additionalProperties: false, description: 'Logarithms of the power in bands of the mel scale.' },
);
const MfccInput = Type.Object(
  {
    audio: Type.Literal('mfcc'),
    ...common,
    ...frames,
    mels,
    coefficients: Type.Integer({
      minimum: 1,
      maximum: 128,
      default: 13,
      description: 'First coefficients of the cosine transform of the log-mel bands.',
    }),
  },
  { additionalProperties: false, description: 'Mel-frequency cepstral coefficients.' },
);
const FramedInput = Type.Object(
  { audio: Type.Literal('framed'), ...common, ...frames },
  { additionalProperties: false, description: 'The samples of each frame, as they are.' },
);
const RawInput = Type.Object(
  {
    audio: Type.Literal('raw'),
    ...common,
    step_size: Type.Integer({
      minimum: 1,
      maximum: 65_536,
      default: 1,
      description: 'Samples of a step, none of which is in two.',
    }),
  },
  { additionalProperties: false, description: 'The samples one after the other.' },
);

export const AudioInputs = [LogMelInput, MfccInput, FramedInput, RawInput] as const;
export type AudioInput = Static<(typeof AudioInputs)[number]>;
