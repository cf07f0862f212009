/** All of what a training job may ask for. One schema: its type, its validation and its OpenAPI. */
import { Type, type Static } from 'typebox';
import { Architecture } from './architectures.ts';
import { DataSpecification } from './data.ts';
import { ModelSpecification, OutputSpecification } from './network.ts';
import { TrainingOptions } from './training.ts';

export const TrainingSpecification = Type.Object(
  {
    architecture: Architecture,
    data: DataSpecification,
    model: ModelSpecification,
    output: OutputSpecification,
    training: TrainingOptions,
  },
  { additionalProperties: false },
);
export type TrainingSpecification = Static<typeof TrainingSpecification>;
