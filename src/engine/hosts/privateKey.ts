import { createHash } from 'node:crypto'
import type { ParsedKey } from 'ssh2'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { readBounded } from '../readBounded.ts'
import { hostError } from './hostErrors.ts'
import type { SshAuth } from './sshTarget.ts'

const largestKeyFile = 64 * 1024
const mostRemembered = 64

/**
 * Reads private keys, and caches each result: opening an encrypted one takes half a second of CPU by design,
 * which must not be repeated for each connection or host.
 */
export class PrivateKeys {
  readonly #remembered = new Map<string, Promise<Result<ParsedKey, HostCause | null>>>()

  /** `target` is for error messages. */
  async read({ key, keyFile, passphrase }: Extract<SshAuth, { kind: 'key' }>, target: string): Promise<Result<ParsedKey, HostFailure>> {
    let text = key
    try {
      text ??= keyFile === null ? null : await readBounded(keyFile, largestKeyFile)
    } catch (error) {
      return err(
        hostError('keyUnusable', { target, said: { kind: 'fileUnreadable', file: keyFile ?? '', code: (error as NodeJS.ErrnoException).code ?? null } }),
      )
    }
    if (text === null) return err(hostError('secretMissing', { target }))
    const outcome = await this.#parsed(text, passphrase)
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

async function parse(written: string, passphrase: string | null): Promise<Result<ParsedKey, HostCause>> {
  const text = `${written
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trim()}\n`
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text) || /BEGIN (SSH2 )?PUBLIC KEY/.test(text)) return err({ kind: 'notAPrivateKey' })
  const { default: ssh2 } = await import('ssh2')
  const outcome = passphrase ? ssh2.utils.parseKey(text, passphrase) : ssh2.utils.parseKey(text)
  if (outcome instanceof Error) {
    return err({ kind: /passphrase|integrity check|bad decrypt|wrong final block/i.test(outcome.message) ? 'passphraseWrong' : 'notAPrivateKey' })
  }
  const [parsed] = [outcome].flat()
  return parsed?.isPrivateKey() && parsed.type !== 'ssh-dss' ? ok(parsed) : err({ kind: 'notAPrivateKey' })
}
