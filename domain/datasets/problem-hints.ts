/** The one table of what can be wrong with an upload, and of what to do about it. A code without a hint does not compile. */

const otherText = 'Save the file as UTF-8, or say its charset in the Content-Type.';
const shorter = 'Split what is too long into several rows, or leave it out.';
const inParts =
  'Upload it in several datasets, or raise MAX_UNPACKED_BYTES; where little becomes very much, upload it without compression.';
const wholeAgain = 'Make the file again from its source, and upload all of it.';
const badCells =
  'Correct the cell, leave it empty where the value is missing, or upload with on_bad_rows=skip.';
const cellsOfRow =
  'Give the row as many cells as the header has; put cells that hold the delimiter in quotes.';
const plainValues = 'Make a column of each value; lists may hold finite numbers alone.';
const mediaFile = 'Export the recording or image again, or leave its row out with on_bad_rows=skip.';

export const problemHints = {
  binary_file:
    'Upload it under the Content-Type of what it is; text in UTF-16 needs a byte order mark or a charset.',
  column_name_too_long: 'Give the column a shorter name.',
  damaged: mediaFile,
  damaged_archive: wholeAgain,
  damaged_compression: wholeAgain,
  damaged_parquet: wholeAgain,
  duplicate_column:
    'Rename one of the columns; a file whose first row is data needs a row of names before it.',
  duplicate_key: 'Write each field of a row once.',
  duplicate_file: 'Name each file once, in the archive and in its metadata.',
  empty_audio: mediaFile,
  empty_column_name: 'Give each column a name in the header.',
  empty_file: 'Upload a file with rows in it.',
  encrypted: 'Make the archive without a password.',
  extra_file: 'Name the file in the metadata, or take it out of the archive.',
  imprecise_number: 'Write identifiers as text, and numbers with fewer digits.',
  invalid_encoding: otherText,
  invalid_json: 'Write each row as a JSON object, one a line or all in an array.',
  invalid_utf8: otherText,
  misplaced_quote: 'Put the whole cell in quotes, and write quotes in it twice.',
  missing_file: 'Add the file to the archive, or take its row out of the metadata.',
  nested_object: plainValues,
  no_file_name: 'Name the files, relative to the metadata, in a column file_name.',
  no_files: 'Put WAV, FLAC, MP3, OGG, PNG or JPEG files into the archive.',
  no_label: 'Put the file in the folder of its label, or name all labels in metadata.csv.',
  no_rows: 'Upload a file with rows in it.',
  not_a_boolean: badCells,
  not_a_date: badCells,
  not_a_number: badCells,
  not_a_timestamp: badCells,
  not_a_vector: plainValues,
  not_an_object: 'Write each row as an object with a field for each column.',
  not_parquet: 'Upload it under the Content-Type of what it is.',
  nul_character: 'Take NUL characters out of texts and names.',
  row_too_long: `${shorter} A quote that is never closed makes one row of all that follows.`,
  several_metadata_files: 'Keep one metadata.csv or metadata.jsonl in a folder.',
  storage_full: 'Make space on the disk of the service, then upload the file again.',
  symbolic_link: 'Put the files themselves into the archive.',
  text_too_long:
    'Split the text into several rows; plain text can be uploaded with rows=paragraph or rows=line.',
  too_deep: plainValues,
  too_few_fields: cellsOfRow,
  too_large: mediaFile,
  too_large_unpacked: inParts,
  too_long: 'Cut the recording into shorter ones.',
  too_many_bad_rows: 'Look at how the file was written: its delimiter, its quotes, its format.',
  too_many_columns: 'Leave columns out, or put numbers that belong together into one column of lists.',
  too_many_fields: cellsOfRow,
  too_many_files: 'Upload them in several archives.',
  too_many_rows: 'Upload it in several datasets.',
  truncated: mediaFile,
  unknown_format: 'Convert the files to WAV, FLAC, MP3, OGG, PNG or JPEG.',
  unreadable: 'Upload it in several datasets, or give the worker more memory; its log has the cause.',
  unsafe_path: 'Make the archive of names below its own folder.',
  unsupported_compression:
    'Make the ZIP archive with Deflate, which is what most programs do unless told otherwise.',
  unsupported_type:
    'Convert the column to numbers, booleans, dates, times, texts or lists of numbers, or leave it out.',
  unterminated_quote: 'Close the quote, and write quotes within a quoted cell twice.',
  wrong_header: mediaFile,
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof problemHints;
