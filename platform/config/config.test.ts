import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, s3Credentials } from './config.ts';

describe('readConfig', () => {
  it('has a default for everything that can have one', () => {
    const config = readConfig({});
    expect(config.PORT).toBe(3000);
    expect(config.HOST).toBe('127.0.0.1');
    expect(config.ROLE).toBe('all');
    expect(config.TRAIN_THREADS).toBe(availableParallelism());
    expect(config.MAX_UPLOAD_BYTES).toBe(2 * 1024 ** 3);
    expect(config.DATABASE_URL).toBeUndefined();
    expect(isAbsolute(config.DATA_DIR)).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads numbers and takes an empty variable as absent', () => {
    const config = readConfig({
      PORT: '0',
      MAX_ATTEMPTS: '5',
      CHECKPOINT_SECONDS: '0.2',
      DATABASE_URL: '',
      LOG_LEVEL: 'silent',
    });
    expect(config).toMatchObject({ PORT: 0, MAX_ATTEMPTS: 5, CHECKPOINT_SECONDS: 0.2, LOG_LEVEL: 'silent' });
    expect(config).not.toHaveProperty('DATABASE_URL');
  });

  it('names everything that is wrong at once, and no password', () => {
    const read = () =>
      readConfig({
        PORT: 'http',
        ROLE: 'web',
        DATABASE_URL: 'mysql://u:secret@h/d',
        HEARTBEAT_MS: '1.5',
        CHECKPOINT_SECONDS: '0',
      });
    expect(read).toThrow(/PORT: expected an integer of at least 0 and at most 65535, got "http"/);
    expect(read).toThrow(/ROLE: expected one of all, api, inference, got "web"/);
    expect(read).toThrow(/DATABASE_URL: expected a text that matches/);
    expect(read).toThrow(/HEARTBEAT_MS: expected an integer/);
    expect(read).toThrow(/CHECKPOINT_SECONDS: expected a number of at least 0.01/);
    expect(read).not.toThrow(/secret/);
  });

  it('takes an access key whole, and repeats nothing of it', () => {
    const read = (more: Record<string, string>) => () =>
      readConfig({ UPLOAD_S3_REGION: 'eu-west-1', ...more });
    expect(s3Credentials(read({})())).toBeNull();
    expect(read({ UPLOAD_S3_SECRET_ACCESS_KEY: 'hidden' })).toThrow(/UPLOAD_S3_ACCESS_KEY_ID: expected both/);
    expect(read({ UPLOAD_S3_SECRET_ACCESS_KEY: 'hidden' })).not.toThrow(/hidden/);
    const key = { UPLOAD_S3_ACCESS_KEY_ID: 'id', UPLOAD_S3_SECRET_ACCESS_KEY: 'hidden' };
    expect(s3Credentials(read(key)())).toEqual({
      accessKeyId: 'id',
      secretAccessKey: 'hidden',
      sessionToken: null,
      region: 'eu-west-1',
    });
  });

  it('refuses a loss timeout that is no longer than the heartbeat', () => {
    expect(() => readConfig({ HEARTBEAT_MS: '1000', LOST_AFTER_MS: '900' })).toThrow(/LOST_AFTER_MS/);
  });
});
