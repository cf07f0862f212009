/** Which scripts the letters of texts are of (Unicode Standard Annex 24, property Script). */

const scripts = [
  ...[
    'Latin',
    'Cyrillic',
    'Greek',
    'Han',
    'Hiragana',
    'Katakana',
    'Hangul',
    'Arabic',
    'Hebrew',
    'Devanagari',
  ],
  ...[
    'Thai',
    'Bengali',
    'Tamil',
    'Telugu',
    'Georgian',
    'Armenian',
    'Ethiopic',
    'Gujarati',
    'Gurmukhi',
    'Khmer',
  ],
];
const patterns = scripts.map((script) => ({
  script,
  letters: new RegExp(`(?=\\p{L})\\p{Script=${script}}`, 'gu'),
}));
const anyLetter = /\p{L}/gu;

/** Shares of all letters, most frequent first; `Other` is what none of the common scripts has. */
export function scriptsOf(texts: readonly string[]): { script: string; share: number }[] {
  const text = texts.join('\n');
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const letters = count(anyLetter);
  if (letters === 0) return [];
  const found = patterns.map(({ script, letters: pattern }) => ({ script, letters: count(pattern) }));
  const others = letters - found.reduce((sum, one) => sum + one.letters, 0);
  return [...found, { script: 'Other', letters: others }]
    .filter((one) => one.letters > 0)
    .toSorted((a, b) => b.letters - a.letters)
    .map((one) => ({ script: one.script, share: Number((one.letters / letters).toFixed(4)) }));
}
