/** A real HTTP server that receives webhooks, answers as it is told, and verifies signatures as receivers do. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export interface ReceivedWebhook {
  /** `webhook-id` */
  readonly id: string;
  readonly path: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** Throws when the signature is not one of this secret. */
  readonly verify: (secret: string) => unknown;
}

export interface Receiver {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** What the next requests are answered with; 204 by default. */
  answer: (response: ServerResponse, webhook: ReceivedWebhook) => void;
  readonly close: () => Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { headers, url = '' } = request;
      const webhook: ReceivedWebhook = {
        id: String(headers['webhook-id']),
        path: url,
        body,
        headers,
        verify: (secret) => new Webhook(secret).verify(body, headers as Record<string, string>),
      };
      received.push(webhook);
      receiver.answer(response, webhook);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    answer: (response) => response.writeHead(204).end(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
