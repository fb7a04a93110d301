import { createHmac, hash, randomInt } from 'node:crypto';

const PREFIX = 'rf_live_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 32 of 62 characters: 190 bits. */
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const ISSUED = new RegExp(`^${PREFIX}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

/** A new API key: `rf_live_`, 32 random characters, and 6 by which a mistyped key is known without a look into the ledger. */
export function newApiKey(): string {
  let body = '';
  for (let length = 0; length < RANDOM_LENGTH; length += 1) body += ALPHABET[randomInt(ALPHABET.length)];
  return `${PREFIX}${body}${checksumOf(body)}`;
}

/**
 * Whether a key cannot be one of ours: it is written like one that was issued, and its checksum is not that of its characters. Keys
 * out of the configuration are written in any way, and are never mistyped in this sense.
 */
export function isMistyped(key: string): boolean {
  const [, body, checksum] = ISSUED.exec(key) ?? [];
  return body !== undefined && checksum !== checksumOf(body);
}

function checksumOf(body: string): string {
  const digest = hash('sha256', body, 'buffer');
  let checksum = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1)
    checksum += ALPHABET[(digest[index] as number) % ALPHABET.length];
  return checksum;
}

/**
 * What is stored of an API key: HMAC-SHA256 under the pepper, so that whoever has the database alone can neither check nor make a key;
 * plain SHA-256 without one. A fast hash is enough: keys are long and random, and there is nothing to guess.
 */
export function hashApiKey(key: string, pepper: string | null): Buffer {
  return pepper === null ? hash('sha256', key, 'buffer') : createHmac('sha256', pepper).update(key).digest();
}

/**
 * Every hash under which a key may be stored, the one for new keys first: under each pepper, and without one, as keys of before were.
 * @param peppers the newest first
 */
export function hashesOf(key: string, peppers: readonly string[]): Buffer[] {
  return [...peppers, null].map(pepper => hashApiKey(key, pepper));
}
