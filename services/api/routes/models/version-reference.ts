/** How others name a version of a model. */
import { Type } from 'typebox';

export const ModelVersionReference = Type.Object(
  { id: Type.String(), name: Type.String(), version: Type.Integer() },
  { title: 'ModelVersionReference', additionalProperties: false },
);
