/** Uploads in pieces on the wire. */
import { Type, type Static } from 'typebox';
import { Timestamp } from '../../../http/answers.ts';

export const UploadParams = Type.Object({
  id: Type.String({ pattern: '^upl_[0-9a-f]{32}$', description: 'As `Location` names it.' }),
});

export const UploadResource = Type.Object(
  {
    id: Type.String({ description: '`upl_` and 32 hexadecimal digits.' }),
    status: Type.Union([Type.Literal('unfinished'), Type.Literal('finished')]),
    offset: Type.Integer({ description: 'Bytes that have been taken in.' }),
    size: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Bytes of the whole file; null until the client has said it.',
    }),
    dataset_id: Type.Union([Type.String(), Type.Null()], {
      description: 'The dataset that came of it; null until it is finished.',
    }),
    expires_at: Type.Union([Timestamp, Type.Null()], {
      description: 'When an unfinished upload is removed.',
    }),
  },
  { title: 'Upload', additionalProperties: false, description: 'A file that is uploaded in pieces.' },
);
export type UploadResource = Static<typeof UploadResource>;

export const unfinishedExample: UploadResource = {
  id: 'upl_0197a4f6051470aedf5192a3b4c5d6e7',
  status: 'unfinished',
  offset: 5_242_880,
  size: 41_943_040,
  dataset_id: null,
  expires_at: '2026-01-31T10:00:00.000Z',
};
