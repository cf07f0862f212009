/** /v1/datasets: uploads and what is known of them. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { createDataset } from '../../../../domain/datasets/create-dataset.ts';
import { isOrderType, profileSeries } from '../../../../datasets/features/series-profile.ts';
import type { DatasetReading } from '../../../../domain/datasets/dataset-format.ts';
import type { Dataset } from '../../../../domain/datasets/dataset.ts';
import { deleteDataset } from '../../../../domain/datasets/delete-dataset.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { answer, etagHeader, noContent, unchanged } from '../../../http/answers.ts';
import { sendDownload } from '../../../http/download.ts';
import { reusedKey } from '../../../http/idempotency.ts';
import { pageRequest, presentPage } from '../../../http/pagination.ts';
import { preview } from '../../../http/preview.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { validatorCompiler } from '../../../http/validation.ts';
import type { ApiParts } from '../../parts.ts';
import { readTable } from '../../read-table.ts';
import {
  csvExample,
  datasetExample,
  seriesExample,
  summaryExample,
  uploadBodies,
  validatingExample,
} from './examples.ts';
import { presentDataset, presentDatasetSummary, presentSeries } from './present.ts';
import {
  DatasetList,
  DatasetListQuery,
  DatasetName,
  nameRule,
  DatasetParams,
  DatasetResource,
  DatasetRows,
  DatasetSeries,
  RowsQuery,
  SeriesQuery,
  UploadQuery,
} from './schemas.ts';
import { asDownloadFailure, fetchReference, takeReference } from './reference.ts';
import { fileOfFormat, formatOfName, uploadMediaTypes } from './media-types.ts';
import { hashUpload, registerUploadMediaTypes, takeUpload, uploadHash, type Upload } from './upload.ts';

const tags = ['datasets'];

export async function datasetRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  const find = async (id: string): Promise<Dataset> => {
    const dataset = await parts.datasets.find(id);
    if (dataset === null) throw new UnrollError('not_found', `There is no dataset ${id}`);
    return dataset;
  };

  server.register(async (uploads: HttpServer) => {
    registerUploadMediaTypes(uploads, parts.maxUploadBytes);
    uploads.route({
      method: 'POST',
      url: '/v1/datasets',
      config: {
        accepts: uploadMediaTypes,
        idempotency: async (request) => {
          const upload = await takeUpload(request, parts.maxUploadBytes);
          return uploadHash(await hashUpload(upload, parts.maxUploadBytes), upload.filename);
        },
      },
      // The body is a stream of bytes: its schema is for the document.
      validatorCompiler: (route) =>
        route.httpPart === 'body' ? () => true : validatorCompiler(route as never),
      schema: {
        operationId: 'createDataset',
        tags,
        summary: 'Upload a dataset',
        description:
          'Streams a file to storage and validates it afterwards: `status` goes from `validating` to `ready` or `rejected`. Send the file itself under its own `Content-Type`, or a form with a part `file`; any of them also compressed with gzip or zstd. `charset` in the Content-Type of a text may be utf-8, utf-16, iso-8859-1 or windows-1252. Nothing is kept of an upload that breaks off. In place of a file, a JSON body `{"url": …}` names one that this service is to fetch (`content_type` says what it is, where its name and its server do not): it is answered when the last byte is there. docs/datasets.md has what each format may hold.',
        querystring: UploadQuery,
        body: {
          content: {
            ...uploadBodies,
          },
        },
        response: {
          202: answer(DatasetResource, 'Stored; it is being validated.', validatingExample, {
            Location: 'Address of the dataset.',
          }),
          ...problemResponses(
            'invalid_request',
            'upload_incomplete',
            'payload_too_large',
            'unsupported_media_type',
            'validation_failed',
            'storage_full',
            'unavailable',
            'download_failed',
          ),
        },
      },
      handler: async (request, reply) => {
        const { name, description, on_bad_rows: onBadRows } = request.query;
        const reference = await takeReference(request);
        const { keyed } = request;
        if (keyed !== null && reference !== null) keyed.bodyHash = reference.bodyHash;
        const answerWith = (dataset: Dataset): typeof reply =>
          reply.code(202).header('location', `/v1/datasets/${dataset.id}`).send(presentDataset(dataset));
        if (reference !== null && keyed !== null && keyed.madeBefore !== null)
          return answerWith(await find(keyed.madeBefore));
        const upload =
          reference === null
            ? await takeUpload(request, parts.maxUploadBytes)
            : await fetchReference(request, reference, {
                maxBytes: parts.maxUploadBytes,
                fetchFile: parts.fetchFile,
              });
        const accept = (dataset: Dataset): typeof reply => {
          if (keyed !== null && reference === null)
            keyed.bodyHash = uploadHash(dataset.sha256, upload.filename);
          return answerWith(dataset);
        };
        if (keyed !== null && keyed.madeBefore !== null) {
          const dataset = await find(keyed.madeBefore);
          if ((await hashUpload(upload, parts.maxUploadBytes)) !== dataset.sha256)
            throw reusedKey(keyed.claim.key);
          return accept(dataset);
        }
        const dataset = await createDataset(parts, {
          name: name ?? nameOfFile(upload.filename) ?? 'dataset',
          description: description ?? null,
          format: upload.format,
          reading: readingOf(upload, request.query.rows),
          onBadRows,
          body: upload.body,
          signal: upload.signal,
          maxBytes: parts.maxUploadBytes,
          ...(keyed !== null && { claim: keyed.claim }),
        }).catch((error: unknown) => {
          throw asDownloadFailure(error, upload);
        });
        return accept(dataset);
      },
    });
  });

  server.route({
    method: 'GET',
    url: '/v1/datasets',
    schema: {
      operationId: 'listDatasets',
      tags,
      summary: 'List datasets',
      description: 'Newest first.',
      querystring: DatasetListQuery,
      response: {
        200: answer(DatasetList, 'A page of datasets.', {
          data: [summaryExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'unavailable'),
      },
    },
    handler: async ({ query }) => {
      const { status, name } = query;
      const page = await parts.datasets.list({
        ...pageRequest(query),
        ...(status !== undefined && { status }),
        ...(name !== undefined && { name }),
      });
      return presentPage(page, presentDatasetSummary, ({ id }) => id);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/datasets/:id',
    config: { etag: true },
    schema: {
      operationId: 'getDataset',
      tags,
      summary: 'Get a dataset with its profile and problems',
      params: DatasetParams,
      response: {
        200: answer(DatasetResource, 'The dataset.', datasetExample, etagHeader),
        304: unchanged,
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => presentDataset(await find(params.id)),
  });

  server.route({
    method: 'GET',
    url: '/v1/datasets/:id/rows',
    schema: {
      operationId: 'getDatasetRows',
      tags,
      summary: 'Preview rows',
      description: 'Rows of a dataset that is ready, as they were understood.',
      params: DatasetParams,
      querystring: RowsQuery,
      response: {
        200: answer(DatasetRows, 'The rows.', {
          data: [{ date: '2012-01-01', temp_max: 12.8 }],
          offset: 0,
          row_count: 1461,
        }),
        ...problemResponses('invalid_request', 'not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params, query: { limit, offset } }) => {
      const dataset = await find(params.id);
      if (dataset.status !== 'ready' || dataset.tableKey === null) {
        throw new UnrollError(
          'conflict',
          `expected a dataset that is ready, got one that is ${dataset.status}`,
        );
      }
      const data = await readTable(parts, { id: dataset.id, tableKey: dataset.tableKey }, async (path) => {
        const table = await parts.openTable(path);
        try {
          return await table.rows({ limit, offset });
        } finally {
          table.close();
        }
      });
      return { data, offset, row_count: dataset.rowCount ?? 0 };
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/datasets/:id/series',
    schema: {
      operationId: 'getDatasetSeries',
      tags,
      summary: 'Look at its series',
      description:
        'Number, length and frequency of the series in a dataset that is ready, with gaps, repeated times and rows out of order.',
      params: DatasetParams,
      querystring: SeriesQuery,
      response: {
        200: answer(DatasetSeries, 'What the series are like.', seriesExample),
        ...problemResponses('invalid_request', 'not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params, query }) => {
      const dataset = await find(params.id);
      if (dataset.status !== 'ready' || dataset.tableKey === null)
        throw new UnrollError(
          'conflict',
          `expected a dataset that is ready, got one that is ${dataset.status}`,
        );
      const { order_by: orderBy, group_by: groupBy } = query;
      for (const [field, name] of Object.entries(query)) {
        const column = dataset.columns.find((one) => one.name === name);
        const fits = field === 'order_by' ? isOrderType(column?.type ?? '') : column?.type !== undefined;
        if (fits) continue;
        const expected = field === 'order_by' ? 'a column of times or numbers' : 'a column of the dataset';
        const message = `expected ${expected}, got ${preview(name)}`;
        throw new UnrollError('invalid_request', message, { errors: [{ pointer: `/${field}`, message }] });
      }
      const found = await readTable(parts, { id: dataset.id, tableKey: dataset.tableKey }, async (path) => {
        const table = await parts.openTable(path);
        try {
          return await profileSeries(table, {
            ...(orderBy !== undefined && { orderBy }),
            ...(groupBy !== undefined && { groupBy }),
          });
        } finally {
          table.close();
        }
      });
      if (found === null) {
        const message = 'expected a column of dates or timestamps, got none; name one of numbers in order_by';
        throw new UnrollError('invalid_request', message, { errors: [{ pointer: '/order_by', message }] });
      }
      return presentSeries(found);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/datasets/:id/content',
    schema: {
      operationId: 'downloadDataset',
      tags,
      summary: 'Download the file as it was uploaded',
      description: 'Supports Range, If-Range and If-None-Match.',
      params: DatasetParams,
      response: {
        200: {
          description: 'The whole file.',
          content: {
            'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }), example: csvExample },
          },
        },
        206: {
          description: 'The range that was asked for.',
          content: {
            'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }), example: 'date' },
          },
        },
        304: noContent('If-None-Match names the file.'),
        ...problemResponses('not_found', 'range_not_satisfiable', 'unavailable'),
      },
    },
    handler: async (request, reply) => {
      const dataset = await find(request.params.id);
      const { mediaType, extension } = fileOfFormat(dataset.format);
      return sendDownload(request, reply, parts.storage, {
        key: dataset.sourceKey,
        bytes: dataset.bytes,
        sha256: dataset.sha256,
        filename:
          formatOfName(dataset.name) === dataset.format ? dataset.name : `${dataset.name}${extension}`,
        mediaType: mediaType === 'text/csv' ? 'text/csv; charset=utf-8' : mediaType,
      });
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/datasets/:id',
    schema: {
      operationId: 'deleteDataset',
      tags,
      summary: 'Delete a dataset',
      description: 'Refused while a training job that has not ended needs it. Models trained on it stay.',
      params: DatasetParams,
      response: {
        204: noContent('Deleted.'),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params }, reply) => {
      await deleteDataset(parts, params.id);
      return reply.code(204).send(null);
    },
  });
}

/** What an upload says of itself. Throws `invalid_request` when it says what its format does not have. */
function readingOf({ format, charset }: Upload, rows: DatasetReading['text_rows']): DatasetReading {
  if (rows !== undefined && format !== 'text') {
    const message = `expected \`rows\` with text/plain alone, got it with ${format}`;
    throw new UnrollError('invalid_request', message, { errors: [{ pointer: '/rows', message }] });
  }
  return {
    ...(charset !== undefined && { charset }),
    ...(rows !== undefined && { text_rows: rows }),
  };
}

/** The name that a file gives its dataset. Throws `invalid_request` when it can be none. */
function nameOfFile(filename: string | null): string | null {
  if (filename === null || Value.Check(DatasetName, filename)) return filename;
  const message = `expected a file name of ${nameRule}, or \`?name=\`, got ${preview(filename)}`;
  throw new UnrollError('invalid_request', message, { errors: [{ pointer: '/file', message }] });
}
