/**
 * Files that a client of the API has named by URL: from hosts that the configuration lists alone, and from public addresses, which
 * are those that were checked (guarded-request.ts). Each redirect is checked like the first address. `s3://bucket/key` is what the
 * configured endpoint answers at /bucket/key, asked with a signature where there are credentials; no other request, and none that a redirect leads to, ever
 * has one.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { sendGuarded, type AddressRules } from './guarded-request.ts';
import { refuseUrl } from './public-address.ts';
import { signS3Request, type S3Credentials } from './sign-s3-request.ts';

export interface DownloadRules extends AddressRules {
  /** `data.example.com`, `*.example.com` (names below it), with `:port` where that is not the protocol's own. */
  readonly hosts: readonly string[];
  readonly s3Endpoint: string | null;
  /** Null: buckets are asked without a signature. */
  readonly s3Credentials: S3Credentials | null;
  /** How long nothing may come: of the head, and between two pieces of the body. */
  readonly silenceMs: number;
}

export interface FetchedFile {
  readonly body: Readable;
  /** As the server says it; null when it says nothing. */
  readonly contentType: string | null;
  /** Null when it was not said. */
  readonly bytes: number | null;
  /** The last part of the path. */
  readonly filename: string | null;
}

const maxRedirects = 5;

const refused = (message: string): UnrollError =>
  new UnrollError('validation_failed', message, { errors: [{ pointer: '/url', message }] });
const failed = (message: string, cause?: unknown): UnrollError =>
  new UnrollError('download_failed', message, { cause });

const isListed = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((listed) =>
    listed.startsWith('*.') ? host.endsWith(listed.slice(1)) : listed !== '' && host === listed,
  );

const isS3 = (text: string): boolean => /^s3:\/\//i.test(text);

/** The address to ask; throws `validation_failed`. */
function checked(text: string, rules: DownloadRules): URL {
  let address = text;
  if (isS3(text)) {
    if (rules.s3Endpoint === null)
      throw refused(
        'expected https://…, got s3://…, for which this service has no endpoint (UPLOAD_S3_ENDPOINT)',
      );
    const [, bucket, key] = /^s3:\/\/([a-z0-9.-]{3,63})\/(.+)$/i.exec(text) ?? [];
    if (bucket === undefined || key === undefined)
      throw refused(
        `expected s3://bucket/key, the bucket of 3 to 63 letters, digits, dots and hyphens, got ${JSON.stringify(text.slice(0, 200))}`,
      );
    if (/(^|\/)\.{1,2}(\/|$)/.test(key))
      throw refused(
        `expected a key without . and .. between its slashes, got ${JSON.stringify(key.slice(0, 200))}`,
      );
    address = `${rules.s3Endpoint}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }
  const reason = refuseUrl(address, rules);
  if (reason !== null) throw refused(reason);
  const url = new URL(address);
  if (!isListed(url.host, rules.hosts))
    throw refused(
      `expected a host that this service may fetch files from, got ${url.host}; add it to UPLOAD_HOSTS, or upload the file itself`,
    );
  return url;
}

const plainHeaders = { accept: '*/*', 'accept-encoding': 'identity' };

async function ask(
  url: URL,
  { credentials, signal }: { credentials: S3Credentials | null; signal: AbortSignal },
  rules: DownloadRules,
): Promise<IncomingMessage> {
  const headers = credentials === null ? plainHeaders : await signS3Request(url, plainHeaders, credentials);
  return sendGuarded(url, { headers, signal, timeout: rules.silenceMs }, rules);
}

/** What a refusal of an object may be due to. */
function whyRefused(status: number, signed: boolean): string {
  if (status !== 401 && status !== 403) return '';
  return signed
    ? '; the access key of this service (UPLOAD_S3_ACCESS_KEY_ID) may not read it, or is not of the region UPLOAD_S3_REGION'
    : '; it is not public';
}

const fileOf = (url: URL): string | null => {
  try {
    return decodeURIComponent(url.pathname.split('/').at(-1)!) || null;
  } catch {
    return null;
  }
};

export const openDownloads =
  (rules: DownloadRules) =>
  async (text: string, signal: AbortSignal): Promise<FetchedFile> => {
    let url = checked(text, rules);
    const filename = fileOf(url);
    let credentials = isS3(text) ? rules.s3Credentials : null;
    for (let redirects = 0; ; redirects++) {
      let answer: IncomingMessage;
      try {
        answer = await ask(url, { credentials, signal }, rules);
      } catch (error) {
        signal.throwIfAborted();
        throw failed(`${url.host} could not be asked: ${(error as Error).message}`, error);
      }
      const { statusCode = 0, headers } = answer;
      if (statusCode === 200)
        return {
          body: answer,
          contentType: headers['content-type'] ?? null,
          bytes: headers['content-length'] === undefined ? null : Number(headers['content-length']),
          filename: filename ?? fileOf(url),
        };
      answer.destroy();
      if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
        throw failed(
          `expected ${url.host} to answer 200 with the file, got ${statusCode}${whyRefused(statusCode, credentials !== null)}`,
        );
      if (redirects === maxRedirects) throw failed(`expected at most ${maxRedirects} redirects, got more`);
      const next = URL.canParse(headers.location, url.href)
        ? new URL(headers.location, url).href
        : headers.location;
      url = checked(next, rules);
      credentials = null;
    }
  };
