import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { SecretsKey } from '../engine/ports.ts'
import type { SecretsKept } from '../shared/cautions.ts'
import { messageOf } from '../shared/result.ts'

/** The part of Electron's safeStorage that is used; Electron 45 has the asynchronous calls, older runtimes the others. */
export interface SafeStorage {
  isAsyncEncryptionAvailable?(): Promise<boolean>
  encryptStringAsync?(text: string): Promise<Buffer>
  decryptStringAsync?(wrapped: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }>
  isEncryptionAvailable(): boolean
  encryptString(text: string): Buffer
  decryptString(wrapped: Buffer): string
  getSelectedStorageBackend?(): string
}

interface SecretsOptions {
  readonly safeStorage: SafeStorage
  readonly platform: NodeJS.Platform
  readonly file: string
}

const keyBytes = 32

const none = (kept: SecretsKept): SecretsKey => ({ protection: 'none', kept, key: null })

/**
 * The key that servers' secrets are encrypted with: 32 random bytes, wrapped by the system's keychain and kept in
 * `file`. Without a keychain nothing is stored: a plain key beside the encrypted data would protect nothing.
 */
export async function readSecretsKey({ safeStorage, platform, file }: SecretsOptions): Promise<SecretsKey> {
  const isAsync = safeStorage.isAsyncEncryptionAvailable !== undefined
  const available = isAsync ? await safeStorage.isAsyncEncryptionAvailable?.() : safeStorage.isEncryptionAvailable()
  const backend = platform === 'linux' ? (safeStorage.getSelectedStorageBackend?.() ?? 'unknown') : platform
  if (!available || backend === 'basic_text' || backend === 'unknown') return none({ kind: 'noKeychain' })

  const wrap = async (key: Uint8Array) => {
    const text = Buffer.from(key).toString('base64')
    const wrapped = (await safeStorage.encryptStringAsync?.(text)) ?? safeStorage.encryptString(text)
    // Written to another file and renamed, so that a crash never leaves half a key.
    await writeFile(`${file}.new`, JSON.stringify({ version: 1, wrapped: wrapped.toString('base64') }), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  const kept = (key: Uint8Array): SecretsKey => ({
    protection: 'keychain',
    key,
    kept: { kind: 'keychain', of: platform === 'darwin' || platform === 'win32' ? platform : 'linux', keyring: backend },
  })

  let stored: string
  try {
    stored = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return none({ kind: 'wrappedKeyUnreadable', because: messageOf(error) })
    const key = new Uint8Array(randomBytes(keyBytes))
    await wrap(key)
    return kept(key)
  }
  try {
    const wrapped = Buffer.from((JSON.parse(stored) as { wrapped: string }).wrapped, 'base64')
    const opened = (await safeStorage.decryptStringAsync?.(wrapped)) ?? { result: safeStorage.decryptString(wrapped), shouldReEncrypt: false }
    const key = new Uint8Array(Buffer.from(opened.result, 'base64'))
    if (key.length !== keyBytes) throw new Error('it has the wrong length')
    if (opened.shouldReEncrypt) await wrap(key)
    return kept(key)
  } catch (error) {
    // Not replaced by a new key: if the keychain is only locked, that would lose every password.
    return none({ kind: 'keychainLocked', file, because: messageOf(error) })
  }
}
