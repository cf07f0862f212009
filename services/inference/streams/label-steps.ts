/** Labels of series, row by row: each row goes in as a row of a series does, and what a prediction would say that ends with it comes out. */
import type { FieldError } from '../../../domain/errors/unroll-error.ts';
import type { LabelledSeriesCard } from '../../../domain/models/labelled-series-card.ts';
import { derivedModel } from '../derived/derivation.ts';
import { presentLabels } from '../routes/predictions/labels.ts';
import { refuseAll } from '../routes/predictions/refuse.ts';
import type { LabelPrediction } from '../routes/predictions/schemas.ts';
import { encodeRows, feedSteps } from '../routes/predictions/series.ts';
import { readOrder } from '../routes/predictions/series-order.ts';
import { carriedFeeds, nextStates } from './carry.ts';
import { byRow, ofSteps, readOneSeries } from './series-of-stream.ts';
import { networkStateBytes, notCarried, strangers, type Stepper } from './stepper.ts';

export const labelSteps: Stepper<LabelledSeriesCard> = {
  refusal: ({ specification: { model } }) => notCarried(model),
  model: (version, card) => derivedModel(version, { kind: 'steps', card }),
  stateBytes: ({ specification: { model } }) => networkStateBytes(model),
  step: async (request, card, state, run) => {
    const { rows = [], outputs: wanted } = request;
    const errors = strangers(request, ['rows']);
    const warnings: FieldError[] = [];
    if (request.rows === undefined)
      errors.push({ pointer: '/rows', message: 'expected the next rows of the series, got none' });
    const { series: before } = state;
    const { last } = readOrder(rows, card.features.order, '/rows', errors, before?.last);
    const key = readOneSeries(rows, card.specification.data.group_by, before, errors);
    const encoded = encodeRows(rows, card, { pointer: '/rows', errors, warnings });
    refuseAll(errors);
    const results = await run({
      ...feedSteps([{ encoded, steps: rows.length }], card),
      ...carriedFeeds(card, state),
    });
    const first = wanted === 'last' ? rows.length - 1 : 0;
    const warningsOf = byRow(warnings);
    const outputs = ofSteps('rows', () =>
      rows.slice(first).map((_row, index): LabelPrediction => {
        const place = first + index;
        const own = warningsOf.get(place);
        const told = presentLabels(results, place, place, card);
        return own ? { ...told, warnings: own } : told;
      }),
    );
    const read = (before?.rows ?? 0) + rows.length;
    return {
      state: {
        tensors: nextStates(results),
        series: { rows: read, kept: new Float64Array(), key, last },
      },
      steps: rows.length,
      outputs,
    };
  },
};
