/** What the soak found, for people and as JSON. */
import type { Verdict } from './judge/verdict.ts';
import type { SoakOptions } from './options.ts';

export interface Summary {
  readonly options: Pick<SoakOptions, 'minutes' | 'jobs' | 'seed' | 'workers' | 'apis'>;
  readonly held: boolean;
  readonly seconds: { readonly quiet: number; readonly broken: number; readonly afterwards: number };
  /** Blows that hit, by kind; and how many found nothing to hit. */
  readonly blows: Readonly<Record<string, number>>;
  readonly missed: number;
  /** Jobs by how they ended, and of those treated in each way. */
  readonly ends: Readonly<Record<string, number>>;
  readonly treatments: Readonly<Record<string, number>>;
  /** Attempts → jobs that took so many. */
  readonly attempts: Readonly<Record<string, number>>;
  /** How often jobs began again, by reason. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Answers by HTTP status; 0: none came. */
  readonly answers: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
  readonly log: readonly string[];
}

const shownViolations = 12;

export function printed(summary: Summary): string {
  const { options, seconds, verdicts } = summary;
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const lines = [
    `soak: ${options.jobs} jobs, ${options.minutes} minutes, seed ${options.seed}, ${options.workers} workers, ${options.apis} API processes`,
    `  time      quiet runs ${seconds.quiet.toFixed(0)} s, broken ${seconds.broken.toFixed(0)} s, afterwards ${seconds.afterwards.toFixed(0)} s`,
    `  blows     ${counts(summary.blows)} (${summary.missed} found nothing to hit)`,
    `  jobs      ${counts(summary.ends)}; treated: ${counts(summary.treatments)}`,
    `  attempts  ${counts(Object.fromEntries(Object.entries(summary.attempts).map(([number, count]) => [`${number}:`, count])))}`,
    `  restarts  ${counts(summary.restarts)}`,
    `  answers   ${counts(Object.fromEntries(Object.entries(summary.answers).map(([status, count]) => [`${status === '0' ? 'none' : status}:`, count])))}`,
    ...verdicts.flatMap(({ check, looked, violations }) => [
      `  ${violations.length === 0 ? '✓' : '✗'} ${check} (${looked}${violations.length > 0 ? `, ${violations.length} wrong` : ''})`,
      ...violations.slice(0, shownViolations).map((violation) => `      ${violation}`),
      ...(violations.length > shownViolations
        ? [`      … and ${violations.length - shownViolations} more`]
        : []),
    ]),
    summary.held
      ? 'all held'
      : `NOT ALL HELD. Play it again: npm run soak -- --minutes ${options.minutes} --jobs ${options.jobs} --seed ${options.seed} --workers ${options.workers} --apis ${options.apis}`,
  ];
  return lines.join('\n');
}
