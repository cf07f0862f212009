/** Makes a new, time-ordered id with the prefix. */
export type NewId = (prefix: 'ds' | 'job' | 'bp') => string;
