/**
 * One HTTP request to an address that a client of the API has named. The address that is connected to is the one that was
 * checked: names are looked up once, by the connection itself, so that a name that changes in between gains nothing.
 * No redirects, no reuse of connections, no more of the answer than is asked for.
 */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isPublicAddress, refuseUrl } from './public-address.ts';

export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void,
) => void;

/** Which addresses may be connected to. */
export interface AddressRules {
  readonly allowPrivate: boolean;
  /** Instead of the system's. */
  readonly lookup?: Lookup;
}

export interface GuardedRequest extends AddressRules {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it: looking up, connecting, sending, and the head of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
}

/** Of an answer's body so much is taken in, for so long, before the connection is cut: nobody reads it. */
const bodyLimitBytes = 16 * 1024;
const bodyLimitMs = 1000;

/** Throws an Error with a message for whoever has named the address. */
export async function guardedPost(o: GuardedRequest): Promise<GuardedAnswer> {
  const refused = refuseUrl(o.url, o);
  if (refused !== null) throw new Error(refused);
  const body = Buffer.from(o.body);
  const timeout = AbortSignal.timeout(o.timeoutMs);
  const response = await sendGuarded(
    new URL(o.url),
    {
      method: 'POST',
      headers: { ...o.headers, 'content-length': String(body.length) },
      signal: o.signal === undefined ? timeout : AbortSignal.any([o.signal, timeout]),
    },
    o,
    body,
  ).catch((error: unknown) => {
    throw timeout.aborted ? new Error(`expected an answer within ${o.timeoutMs} ms, got none`) : error;
  });
  await discard(response);
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

/** Sends one request to a URL that was checked; the head of the answer. With a `timeout`, so long a silence of the connection ends it. */
export function sendGuarded(
  url: URL,
  options: RequestOptions,
  { lookup = systemLookup, allowPrivate }: AddressRules,
  body?: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        ...options,
        agent: false,
        lookup: publicLookup(lookup, allowPrivate),
        maxHeaderSize: 16 * 1024,
      },
      resolve,
    );
    // Of the connection: also while the body comes.
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${options.timeout} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

/** Reads the body to its end, if that is near: a receiver that is cut off in the middle would see an error. */
function discard(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      response.destroy();
      resolve();
    };
    const timer = setTimeout(end, bodyLimitMs);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyLimitBytes) end();
    });
    response.on('error', end).on('end', end).on('close', end);
  });
}

/** A name that leads to a private address leads nowhere, even where it leads to public ones too. */
const publicLookup =
  (lookup: Lookup, allowPrivate: boolean): NonNullable<RequestOptions['lookup']> =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses = []) => {
      const hidden = addresses.find(({ address }) => !isPublicAddress(address));
      const [first] = addresses;
      if (error !== null) callback(error, '');
      else if (first === undefined) callback(new Error(`${hostname} has no address`), '');
      else if (hidden !== undefined && !allowPrivate)
        callback(new Error(`expected a public address, got ${hostname}, which leads to another`), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
