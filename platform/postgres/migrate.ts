/** Applies the migrations that are not applied yet. */
export declare function migrate(url: string): Promise<{ applied: readonly string[] }>;
