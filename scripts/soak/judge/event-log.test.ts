import { expect, it } from 'vitest';
import { flawsOf } from './event-log.ts';

const log = (...types: string[]) => {
  let epoch = 0;
  return types.map((type, index) => ({
    sequence: index + 1,
    type: `training_job.${type}`,
    data: type === 'epoch' ? { epoch: ++epoch } : {},
  }));
};
const whole = ['queued', 'preparing', 'running', 'epoch', 'epoch'];

it('finds nothing wrong with the logs of jobs that went well, or were broken off and went on', () => {
  expect(flawsOf(log(...whole, 'succeeded'), 'succeeded')).toEqual([]);
  expect(
    flawsOf(log(...whole, 'restarted', 'preparing', 'running', 'epoch', 'succeeded'), 'succeeded'),
  ).toEqual([]);
  expect(
    flawsOf(log(...whole, 'pausing', 'epoch', 'paused', 'resumed', 'paused', 'cancelled'), 'cancelled'),
  ).toEqual([]);
});

it.each([
  ['a gap', log(...whole, 'succeeded').filter(({ sequence }) => sequence !== 4), /event 5 .* where 4 should/],
  ['an event after the end', log(...whole, 'succeeded', 'epoch'), /epoch\) comes while succeeded/],
  ['two ends', log(...whole, 'succeeded', 'failed'), /failed\) comes after succeeded/],
  [
    'a second claim',
    log('queued', 'preparing', 'preparing', 'running', 'succeeded'),
    /comes after preparing/,
  ],
  ['a beginning in the middle', log('preparing', 'running', 'succeeded'), /comes after nothing/],
  ['no end', log(...whole), /which is no end/],
  ['another end', log(...whole, 'cancelled'), /comes after running/],
  ['an unknown event', log('queued', 'vanished'), /no known type/],
  [
    'an epoch told twice',
    [...log(...whole, 'epoch'), ...log('succeeded')].map((event, index) => ({
      ...event,
      sequence: index + 1,
      data: index === 5 ? { epoch: 2 } : event.data,
    })),
    /of epoch 2 after 2/,
  ],
])('notices %s', (_, events, flaw) => {
  expect(flawsOf(events, 'succeeded').join('\n')).toMatch(flaw);
});
