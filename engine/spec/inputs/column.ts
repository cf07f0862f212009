/** The field that names a column of the dataset. */
import { Type } from 'typebox';

export const columnOf = (what: string) =>
  Type.String({ minLength: 1, description: `Name of a column of the dataset: ${what}.` });
