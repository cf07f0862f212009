/** What the jobs are trained on: small tables, the same at every soak. */
export type DatasetName = 'daily' | 'stations' | 'gaps' | 'messages' | 'huge';

const day = (index: number): string => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);
const noise = (index: number): number => ((index * 7919) % 101) / 101 - 0.5;
const season = (index: number): number => Math.sin((2 * Math.PI * index) / 7);

const table = (header: string, count: number, row: (index: number) => string): string =>
  [header, ...Array.from({ length: count }, (_, index) => row(index)), ''].join('\n');

const fillers = [
  'the',
  'train',
  'waits',
  'at',
  'a',
  'station',
  'and',
  'nobody',
  'knows',
  'when',
  'it',
  'goes',
];

export const datasets: Readonly<Record<DatasetName, string>> = {
  /** One series with a season of a week. */
  daily: table('date,value,other,weight', 900, (index) =>
    [
      day(index),
      (20 + 5 * season(index) + noise(index)).toFixed(3),
      (3 * Math.cos(index / 9) + noise(index + 17)).toFixed(3),
      index % 5,
    ].join(','),
  ),
  /** Three series in one table. */
  stations: table('date,station,value', 1200, (index) => {
    const at = Math.floor(index / 3);
    return `${day(at)},s${index % 3},${((index % 3) * 10 + 4 * season(at) + noise(index)).toFixed(3)}`;
  }),
  /** Every eleventh value is missing. */
  gaps: table(
    'date,value',
    700,
    (index) => `${day(index)},${index % 11 === 5 ? '' : (5 + season(index) + noise(index)).toFixed(3)}`,
  ),
  /** Texts of different lengths, whose label follows from one of their words. */
  messages: table('text,label', 500, (index) => {
    const words = Array.from(
      { length: 3 + (index % 9) },
      (_, at) => fillers[(index * 31 + at * 17) % fillers.length]!,
    );
    const label = index % 3 === 0 ? 'order' : 'question';
    words[index % words.length] = label === 'order' ? 'please' : 'why';
    return `${words.join(' ')},${label}`;
  }),
  /** So large that the loss is infinite at the first step, unless it is scaled. */
  huge: table('date,value', 300, (index) => `${day(index)},${(2 + season(index)).toFixed(3)}e30`),
};

/** Rows of different lengths: it is rejected. */
export const brokenCsv = 'date,value\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3,4\n';
