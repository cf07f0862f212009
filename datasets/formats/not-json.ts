/** What is said of text that is no JSON: what was found, and what programs that write tables write most often by mistake. */
const noJsonNumbers = /(^|[[:,\s])(-?Infinity|NaN)(?=$|[\],}\s])/;

/** @param error - of JSON.parse, for that text */
export function notJson(text: string, error: Error): string {
  const [, , number] = noJsonNumbers.exec(text) ?? [];
  return number === undefined
    ? `expected JSON, got something else: ${error.message.toWellFormed()}`
    : `expected JSON, in which numbers are finite, got ${number}; write null where there is no number`;
}
