/** What tests ask of streams: to be opened, and to go on. */
import request from 'supertest';
import type { StepsAnswer, StreamResource } from '../../services/inference/routes/streams/schemas.ts';
import type { HttpService } from './http-service.ts';

/** `service` is asked for at each request: it is started before the first of them. */
export function streamClient(service: () => HttpService) {
  const post = (id: string, body: object, at: HttpService = service()) =>
    request(at.url).post(`/v1/streams/${id}/steps`).send(body);
  return {
    open: async (name: string, body: object = {}): Promise<StreamResource> =>
      (await request(service().url).post(`/v1/models/${name}/streams`).send(body).expect(201))
        .body as StreamResource,
    post,
    step: async (id: string, body: object, at?: HttpService): Promise<StepsAnswer> =>
      (await post(id, body, at).expect(200)).body as StepsAnswer,
  };
}
