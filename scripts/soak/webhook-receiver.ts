/** Somebody who wants to hear of everything, by webhooks: an HTTP server that checks what it is sent, and refuses some of it at first. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Client } from './client.ts';

export interface Received {
  readonly type: string;
  /** Of the job or the dataset. */
  readonly subject: string;
}

export interface WebhookReceiver {
  /** By the id of the message, which may come more than once. */
  readonly messages: ReadonlyMap<string, Received>;
  /** What was sent and should not have been. */
  readonly complaints: readonly string[];
  /** Has everything sent here from now on. */
  subscribe(client: Client): Promise<void>;
  close(): Promise<void>;
}

/** Every so many-th message is refused once. */
const refuseEvery = 40;

export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const messages = new Map<string, Received>();
  const bodies = new Map<string, string>();
  const complaints: string[] = [];
  const state: { webhook: Webhook | null } = { webhook: null };

  /** The status to answer with. */
  const receive = async (request: IncomingMessage): Promise<number> => {
    const body = await text(request);
    const headers = request.headers as Record<string, string>;
    const id = headers['webhook-id'] ?? '';
    try {
      state.webhook?.verify(body, headers);
    } catch (error) {
      complaints.push(`${id}: ${String(error)}`);
      return 400;
    }
    const before = bodies.get(id);
    if (before === undefined && bodies.size % refuseEvery === refuseEvery - 1) {
      bodies.set(id, body);
      return 500;
    }
    if (before !== undefined && before !== body) complaints.push(`${id} says something else the second time`);
    bodies.set(id, body);
    const { type, data } = JSON.parse(body) as { type: string; data: { id: string } };
    messages.set(id, { type, subject: data.id });
    return 204;
  };

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    messages,
    complaints,
    async subscribe(client) {
      const url = `http://127.0.0.1:${port}/webhooks`;
      const answer = await client.post<{ secret: string }>('/v1/webhook-endpoints', { json: { url } });
      if (answer.status !== 201) throw new Error(`no webhook endpoint: ${JSON.stringify(answer)}`);
      state.webhook = new Webhook(answer.body.secret);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
