import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { SecretsKey } from '../engine/ports.ts'

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

export interface SecretsOptions {
  readonly safeStorage: SafeStorage
  readonly platform: NodeJS.Platform
  /** Where the wrapped key is kept. */
  readonly file: string
}

const keyBytes = 32

const keychainNames: Partial<Record<NodeJS.Platform, string>> = { darwin: "the system's Keychain", win32: "Windows' data protection" }

const noKeychain = (why: string): SecretsKey => ({
  protection: 'none',
  key: null,
  words: `${why} Passwords of servers are kept until mtxdeck ends, not longer. To keep them: install and unlock a keyring (GNOME Keyring or KWallet) and start mtxdeck again, or name passwords in the configuration file.`,
})

/**
 * The key that servers' secrets are encrypted with: 32 random bytes, wrapped by the system's keychain and kept in
 * `file`. Where there is no keychain nothing is stored: a key lying beside what it locks protects from nobody.
 */
export async function readSecretsKey({ safeStorage, platform, file }: SecretsOptions): Promise<SecretsKey> {
  const isAsync = safeStorage.isAsyncEncryptionAvailable !== undefined
  const available = isAsync ? await safeStorage.isAsyncEncryptionAvailable?.() : safeStorage.isEncryptionAvailable()
  const backend = platform === 'linux' ? (safeStorage.getSelectedStorageBackend?.() ?? 'unknown') : platform
  if (!available || backend === 'basic_text' || backend === 'unknown') return noKeychain('This system offers no keychain to mtxdeck.')

  const wrap = async (key: Uint8Array) => {
    const text = Buffer.from(key).toString('base64')
    const wrapped = (await safeStorage.encryptStringAsync?.(text)) ?? safeStorage.encryptString(text)
    // Beside and renamed, so that a crash never leaves half a key.
    await writeFile(`${file}.new`, JSON.stringify({ version: 1, wrapped: wrapped.toString('base64') }), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  const kept = (key: Uint8Array): SecretsKey => ({
    protection: 'keychain',
    key,
    words: `Passwords of servers are encrypted with a key that ${keychainNames[platform] ?? `the system's keyring (${backend})`} protects.`,
  })

  let stored: string
  try {
    stored = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return noKeychain(`The key's file can't be read: ${(error as Error).message}.`)
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
    // Not replaced by a new key: a keychain that is merely locked would lose every password that way.
    return {
      protection: 'none',
      key: null,
      words: `The system's keychain did not open the key of the stored passwords (${(error as Error).message}). Unlock it and start mtxdeck again. If it can't come back, delete ${file} and enter the passwords anew.`,
    }
  }
}
