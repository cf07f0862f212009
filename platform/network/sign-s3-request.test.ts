/** Signatures that Amazon gives as examples («Signature Calculations for the Authorization Header», Amazon S3 API Reference). */
import { expect, it } from 'vitest';
import { isSigned } from '../../test/support/s3-signature.ts';
import { signS3Request, type S3Credentials } from './sign-s3-request.ts';

const credentials: S3Credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
  region: 'us-east-1',
};
const signed = (query: string, own = credentials) =>
  signS3Request(
    new URL(`https://examplebucket.s3.amazonaws.com/${query}`),
    {},
    own,
    new Date('2013-05-24T00:00:00Z'),
  );

it.each([
  ['?lifecycle', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['?max-keys=2&prefix=J', '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
])('%s', async (query, signature) => {
  expect(await signed(query)).toEqual({
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  });
});

it('is what S3 reckons, whatever the key is called', async () => {
  for (const key of ['plain.csv', "a key/Grüße (1)!*'~.csv", 'plus+and%25percent', '日本/\u{1F600}']) {
    const url = new URL(
      `https://s3.example.com/bucket/${key.split('/').map(encodeURIComponent).join('/')}?versionId=a%2Bb`,
    );
    const headers = { host: url.host, ...(await signS3Request(url, { accept: '*/*' }, credentials)) };
    const asked = { url: url.pathname + url.search, headers };
    expect(isSigned(asked, credentials), key).toBe(true);
    expect(isSigned(asked, { secretAccessKey: 'another' })).toBe(false);
    expect(isSigned({ ...asked, url: `${asked.url}c` }, credentials)).toBe(false);
    expect(JSON.stringify(headers)).not.toContain(credentials.secretAccessKey);
  }
});

it('a session token is sent, and signed', async () => {
  const headers = await signed('?lifecycle', { ...credentials, sessionToken: 'a token' });
  expect(headers['x-amz-security-token']).toBe('a token');
  expect(headers.authorization).toContain(
    'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
  );
  expect(headers.authorization).not.toContain('fea454ca');
});
