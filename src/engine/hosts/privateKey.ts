import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { ParsedKey } from 'ssh2'
import { entryPoint } from '../../shared/entryPoint.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { readBounded } from '../readBounded.ts'
import { hostError } from './hostErrors.ts'
import type { PrivateKeyAnswer, PrivateKeyAsk } from './privateKeyWorker.ts'
import type { SshAuth } from './sshTarget.ts'

const largestKeyFile = 64 * 1024
const mostRemembered = 64

function fieldOf(bytes: Uint8Array | string) {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

/** Writes an Ed25519 key in OpenSSH's own format, the only one from which ssh2 can read it. */
function ed25519Text(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' })
  const publicPart = Buffer.from(x, 'base64url')
  const blob = Buffer.concat([fieldOf('ssh-ed25519'), fieldOf(publicPart)])
  // The check number appears twice and is arbitrary; padding counts up from 1 to a multiple of eight.
  const body = Buffer.concat([
    Buffer.alloc(8),
    fieldOf('ssh-ed25519'),
    fieldOf(publicPart),
    fieldOf(Buffer.concat([Buffer.from(d, 'base64url'), publicPart])),
    fieldOf(''),
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, index) => index + 1))
  const one = Buffer.from([0, 0, 0, 1])
  const all = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    fieldOf('none'),
    fieldOf('none'),
    fieldOf(''),
    one,
    fieldOf(blob),
    fieldOf(Buffer.concat([body, padding])),
  ])
  const lines = all.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

const unusable = (said: HostCause | null): Result<never, HostCause | null> => err(said)

/** PKCS#8 ("BEGIN PRIVATE KEY"), as openssl writes it, in a form that ssh2 reads; null: it can't be read. */
function fromPkcs8(text: string): string | null {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, format: 'pem' })
  } catch {
    return null
  }
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString()
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString()
  return key.asymmetricKeyType === 'ed25519' ? ed25519Text(key) : null
}

/** Opens an encrypted key in a separate thread; null: the thread ended without an answer. */
const openInThread = (ask: PrivateKeyAsk): Promise<PrivateKeyAnswer | null> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(entryPoint('./privateKeyWorker.ts', import.meta.url), { workerData: ask, name: 'mtxdeck private key' })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => resolve(null))
  })

async function parse(written: string, passphrase: string | null): Promise<Result<ParsedKey, HostCause | null>> {
  const entered = `${written
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trim()}\n`
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(entered) || /BEGIN (SSH2 )?PUBLIC KEY/.test(entered)) return unusable({ kind: 'notAPrivateKey' })
  const text = entered.includes('BEGIN PRIVATE KEY') ? fromPkcs8(entered) : entered
  if (text === null) return unusable({ kind: 'notAPrivateKey' })
  const isEncryptedPkcs8 = text.includes('BEGIN ENCRYPTED PRIVATE KEY')
  const { default: ssh2 } = await import('ssh2')
  let outcome = isEncryptedPkcs8 ? new Error('no passphrase given') : ssh2.utils.parseKey(text)
  if (outcome instanceof Error && /no passphrase given/i.test(outcome.message) && passphrase) {
    const opened = await openInThread({ text, passphrase })
    if (opened === null) return unusable(null)
    // The opened key is no longer encrypted, but in one of openssl's formats.
    if ('pem' in opened) return parse(opened.pem, null)
    outcome = new Error(opened.message)
  }
  if (outcome instanceof Error)
    return unusable({ kind: /passphrase|integrity check|bad decrypt|wrong final block/i.test(outcome.message) ? 'passphraseWrong' : 'notAPrivateKey' })
  const [parsed] = [outcome].flat()
  return parsed?.isPrivateKey() && parsed.type !== 'ssh-dss' ? ok(parsed) : unusable({ kind: 'notAPrivateKey' })
}

async function readKeyFile(file: string): Promise<Result<string, HostCause | null>> {
  try {
    return ok(await readBounded(file, largestKeyFile))
  } catch (error) {
    return unusable({ kind: 'fileUnreadable', file, code: (error as NodeJS.ErrnoException).code ?? null })
  }
}

/**
 * Reads private keys, and caches each result: opening an encrypted one takes half a second of CPU by design,
 * which must not be repeated for each connection or host.
 */
export class PrivateKeys {
  readonly #remembered = new Map<string, Promise<Result<ParsedKey, HostCause | null>>>()

  /** `target` is for error messages. */
  async read(auth: Extract<SshAuth, { kind: 'key' }>, target: string): Promise<Result<ParsedKey, HostFailure>> {
    const file = auth.key === null && auth.keyFile !== null ? await readKeyFile(auth.keyFile) : ok(auth.key)
    if (!file.ok) return err(hostError('keyUnusable', { target, said: file.error }))
    if (file.value === null) return err(hostError('secretMissing', { target }))
    const outcome = await this.#parsed(file.value, auth.passphrase)
    return outcome.ok ? outcome : err(hostError('keyUnusable', { target, said: outcome.error }))
  }

  #parsed(text: string, passphrase: string | null): Promise<Result<ParsedKey, HostCause | null>> {
    const name = createHash('sha256')
      .update(JSON.stringify([text, passphrase]))
      .digest('base64')
    const known = this.#remembered.get(name)
    if (known !== undefined) return known
    const reading = parse(text, passphrase)
    const oldest = this.#remembered.keys().next().value
    if (this.#remembered.size >= mostRemembered && oldest !== undefined) this.#remembered.delete(oldest)
    this.#remembered.set(name, reading)
    return reading
  }
}
