import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import ssh2, { type ParsedKey } from 'ssh2'
import { entryPoint } from '../../shared/entryPoint.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { readBounded } from '../readBounded.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import { fingerprintOf } from './knownHosts.ts'
import type { PrivateKeyAnswer, PrivateKeyAsk } from './privateKeyWorker.ts'
import type { SshAuth } from './transport.ts'

/** A private key that can sign. */
export interface UsableKey {
  readonly parsed: ParsedKey
  readonly fingerprint: string
}

/**
 * Reads private keys, and caches each result: opening an encrypted one takes half a second of CPU by design,
 * which must not be repeated for each connection or host.
 */
export interface PrivateKeys {
  /** `target` is for error messages. */
  readonly read: (auth: Extract<SshAuth, { kind: 'key' }>, target: string) => Promise<Result<UsableKey, HostFailure>>
}

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

type KeyFailure = { readonly kind: 'keyUnusable' | 'passphraseWrong'; readonly said: HostCause | null }
const unusable = (said: HostCause | null): Result<never, KeyFailure> => err({ kind: 'keyUnusable', said })
const passphraseMissing: KeyFailure = { kind: 'passphraseWrong', said: { kind: 'passphraseMissing' } }
const passphraseWrong: KeyFailure = { kind: 'passphraseWrong', said: null }

/** PKCS#8 ("BEGIN PRIVATE KEY"), as openssl writes it, in a form that ssh2 reads. */
function fromPkcs8(text: string, passphrase: string | null): Result<string, KeyFailure> {
  const isEncrypted = text.includes('BEGIN ENCRYPTED PRIVATE KEY')
  if (isEncrypted && !passphrase) return err(passphraseMissing)
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, format: 'pem', ...(isEncrypted && passphrase ? { passphrase } : {}) })
  } catch {
    return isEncrypted ? err(passphraseWrong) : unusable({ kind: 'keyDamaged' })
  }
  if (key.asymmetricKeyType === 'rsa') return ok(key.export({ type: 'pkcs1', format: 'pem' }).toString())
  if (key.asymmetricKeyType === 'ec') return ok(key.export({ type: 'sec1', format: 'pem' }).toString())
  if (key.asymmetricKeyType === 'ed25519') return ok(ed25519Text(key))
  return unusable({ kind: 'keyTypeNotOfSsh', keyType: key.asymmetricKeyType ?? '?' })
}

/** Opens an encrypted key in a separate thread; null: the thread ended without an answer. */
const openInThread = (ask: PrivateKeyAsk): Promise<PrivateKeyAnswer | null> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(entryPoint('./privateKeyWorker.ts', import.meta.url), { workerData: ask, name: 'mtxdeck private key' })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => resolve(null))
  })

async function parse(written: string, passphrase: string | null): Promise<Result<UsableKey, KeyFailure>> {
  let text = `${written
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trim()}\n`
  if (text.trim() === '') return unusable({ kind: 'keyEmpty' })
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text) || text.includes('BEGIN SSH2 PUBLIC KEY') || text.includes('BEGIN PUBLIC KEY'))
    return unusable({ kind: 'publicHalf' })
  if (text.includes('BEGIN CERTIFICATE')) return unusable({ kind: 'certificate' })
  if (/BEGIN (ENCRYPTED )?PRIVATE KEY/.test(text)) {
    const converted = fromPkcs8(text, passphrase)
    if (!converted.ok) return converted
    text = converted.value
  }
  let outcome = ssh2.utils.parseKey(text)
  if (outcome instanceof Error && /no passphrase given/i.test(outcome.message) && passphrase) {
    const opened = await openInThread({ text, passphrase })
    if (opened === null) return unusable({ kind: 'keyNotOpened' })
    // The opened key is no longer encrypted, but in one of openssl's formats.
    if ('pem' in opened) return parse(opened.pem, null)
    outcome = new Error(opened.message)
  }
  if (outcome instanceof Error) {
    const message = outcome.message
    if (/no passphrase given/i.test(message)) return err(passphraseMissing)
    if (/passphrase|integrity check|bad decrypt|wrong final block/i.test(message)) return err(passphraseWrong)
    const type = /key type: (\S+)/.exec(message)?.[1]
    if (type?.startsWith('sk-')) return unusable({ kind: 'keyInToken', keyType: type })
    if (type !== undefined) return unusable({ kind: 'keyTypeUnsupported', keyType: type })
    if (/malformed/i.test(message)) return unusable({ kind: 'keyDamaged' })
    if (/unsupported key format/i.test(message)) return unusable({ kind: 'notAPrivateKey' })
    return unusable(quotedCause(message))
  }
  const parsed = Array.isArray(outcome) ? outcome[0] : outcome
  if (parsed === undefined || !parsed.isPrivateKey()) return unusable({ kind: 'publicHalf' })
  if (parsed.type === 'ssh-dss') return unusable({ kind: 'dsaKey' })
  return ok({ parsed, fingerprint: fingerprintOf(parsed.getPublicSSH()) })
}

async function readKeyFile(file: string): Promise<Result<string, KeyFailure>> {
  try {
    return ok(await readBounded(file, largestKeyFile))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EFBIG') return unusable({ kind: 'fileTooLarge', file })
    if (code === 'ENOENT') return unusable({ kind: 'noFile', file })
    if (code === 'EACCES' || code === 'EPERM') return unusable({ kind: 'fileForbidden', file })
    if (code === 'EISDIR') return unusable({ kind: 'fileIsFolder', file })
    return unusable({ kind: 'fileUnreadable', file, code: code ?? null })
  }
}

export function createPrivateKeys(): PrivateKeys {
  const remembered = new Map<string, Promise<Result<UsableKey, KeyFailure>>>()
  return {
    read: async (auth, target) => {
      const fail = ({ kind, said }: KeyFailure) => err(hostError(kind, { target, said }))
      let text = auth.key
      if (text === null && auth.keyFile !== null) {
        const file = await readKeyFile(auth.keyFile)
        if (!file.ok) return fail(file.error)
        text = file.value
      }
      if (text === null) return err(hostError('secretMissing', { target, said: { kind: 'noKeyStored' } }))
      const name = createHash('sha256')
        .update(JSON.stringify([text, auth.passphrase]))
        .digest('base64')
      let reading = remembered.get(name)
      if (reading === undefined) {
        reading = parse(text, auth.passphrase)
        const oldest = remembered.keys().next().value
        if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest)
        remembered.set(name, reading)
      }
      const outcome = await reading
      return outcome.ok ? outcome : fail(outcome.error)
    },
  }
}
