/**
 * A DuckDB in memory that may open the files named here and nothing else: no other file, no network, no extension.
 * Text from users reaches it as data or through `literal`, never as an identifier.
 */
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';

/** A string as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The name of a column in a file that is given away; inside, columns are named by their place (canonical-table.ts). */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Rows of a query whose result is small. */
export async function query(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

export interface Database {
  readonly connection: DuckDBConnection;
  close(): void;
}

export async function openDuckDb(o: {
  /** Files that may be read and written. */
  files: readonly string[];
  threads: number;
  memoryLimitMiB: number;
  /** A folder for what does not fit in memory; without one, a query that needs more memory fails. */
  spillDirectory?: string;
}): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(o.threads),
    memory_limit: `${o.memoryLimitMiB}MiB`,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run(`SET temp_directory = ${literal(o.spillDirectory ?? '')}`);
    // Timestamps without an offset are in UTC.
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`SET allowed_paths = [${o.files.map(literal).join(', ')}]`);
    if (o.spillDirectory !== undefined)
      await connection.run(`SET allowed_directories = [${literal(o.spillDirectory)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
  } catch (error) {
    close();
    throw error;
  }
  return { connection, close };
}
