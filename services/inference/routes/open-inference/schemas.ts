/** Open Inference Protocol v2 on the wire (github.com/kserve/open-inference-protocol, REST), with the binary tensor data extension. */
import { Type, type Static } from 'typebox';

export const datatypes = { float32: 'FP32', int64: 'INT64' } as const;

const Parameters = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]));

const RequestInput = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 1 }), { description: 'The batch first.' }),
  datatype: Type.String({ description: 'FP32 or INT64, as the model’s metadata says.' }),
  parameters: Type.Optional(Parameters),
  data: Type.Optional(
    Type.Array(Type.Unknown(), {
      description:
        'Row by row, nested or flat; absent where `parameters.binary_data_size` bytes follow the JSON (Inference-Header-Content-Length).',
    }),
  ),
});

export const InferRequest = Type.Object(
  {
    id: Type.Optional(Type.String({ description: 'Comes back in the answer.' })),
    parameters: Type.Optional(Parameters),
    inputs: Type.Array(RequestInput, { minItems: 1 }),
    outputs: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), parameters: Type.Optional(Parameters) }), {
        description: 'Which ones are wanted; all, unless given.',
      }),
    ),
  },
  {
    title: 'InferRequest',
    examples: [{ inputs: [{ name: 'x', shape: [1, 2, 1], datatype: 'FP32', data: [5.6, 5.6] }] }],
  },
);
export type InferRequest = Static<typeof InferRequest>;

export const InferAnswer = Type.Object(
  {
    model_name: Type.String(),
    model_version: Type.String(),
    id: Type.Optional(Type.String()),
    outputs: Type.Array(
      Type.Object({
        name: Type.String(),
        shape: Type.Array(Type.Integer()),
        datatype: Type.String(),
        parameters: Type.Optional(Parameters),
        data: Type.Optional(Type.Array(Type.Number())),
      }),
    ),
  },
  { title: 'InferAnswer' },
);
export type InferAnswer = Static<typeof InferAnswer>;

const TensorMetadata = Type.Object({
  name: Type.String(),
  datatype: Type.String(),
  shape: Type.Array(Type.Integer(), { description: '-1 where the size is free.' }),
});

export const ModelMetadata = Type.Object(
  {
    name: Type.String(),
    versions: Type.Array(Type.String(), { description: 'The newest hundred, oldest first.' }),
    platform: Type.String(),
    inputs: Type.Array(TensorMetadata),
    outputs: Type.Array(TensorMetadata),
  },
  { title: 'ModelMetadata' },
);
export type ModelMetadata = Static<typeof ModelMetadata>;

export const ServerMetadata = Type.Object(
  { name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) },
  { title: 'ServerMetadata' },
);
export const Live = Type.Object({ live: Type.Boolean() });
export const Ready = Type.Object({ ready: Type.Boolean() });
export const ModelReady = Type.Object({ name: Type.String(), ready: Type.Boolean() });

export const InferenceError = Type.Object({ error: Type.String() }, { title: 'InferenceError' });

export const ModelParams = Type.Object({
  name: Type.String({ description: 'A name or an id, or either with `@` and an alias or a version.' }),
});
export const ModelVersionParams = Type.Object({
  ...ModelParams.properties,
  version: Type.String({ description: 'A number, or an alias.' }),
});
