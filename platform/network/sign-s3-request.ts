/** Requests to S3 that are signed with an access key (AWS Signature Version 4): the key's secret itself is never sent. */
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | null;
  readonly region: string;
}

const emptyHash = createHash('sha256').digest('hex');

/**
 * The headers of a GET of `url`, those of `headers` among them; valid for this URL alone, and for 15 minutes.
 * @param at - the time that is signed
 */
export async function signS3Request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { accessKeyId, secretAccessKey, sessionToken, region }: S3Credentials,
  at = new Date(),
): Promise<Record<string, string>> {
  const signed = await new AwsV4Signer({
    method: 'GET',
    url: url.href,
    headers: { ...headers, 'x-amz-content-sha256': emptyHash },
    ...{ accessKeyId, secretAccessKey, region, service: 's3' },
    ...(sessionToken !== null && { sessionToken }),
    datetime: at.toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
  }).sign();
  return Object.fromEntries(signed.headers);
}
