import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { secretsText } from '../i18n/noticeText.ts'
import { readSecretsKey, type SafeStorage } from './secrets.ts'

async function keyFile() {
  const dir = await mkdtemp(join(tmpdir(), 'mtxdeck-secrets-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return join(dir, 'secrets-key.json')
}

const mask = 0x5a
const flip = (bytes: Uint8Array) => Buffer.from(bytes.map((byte) => byte ^ mask))
/** A keychain at the edge: what it wraps is not readable without it. */
const keychain: SafeStorage = {
  isEncryptionAvailable: () => true,
  encryptString: (text) => flip(Buffer.from(text)),
  decryptString: (wrapped) => flip(wrapped).toString(),
  getSelectedStorageBackend: () => 'gnome_libsecret',
}

test('the key is made once, kept wrapped, and read again', async () => {
  const file = await keyFile()
  const first = await readSecretsKey({ safeStorage: keychain, platform: 'linux', file })
  expect(first.protection).toBe('keychain')
  expect(first.key).toHaveLength(32)
  expect(await readFile(file, 'utf8')).not.toContain(Buffer.from(first.key ?? []).toString('base64'))
  const second = await readSecretsKey({ safeStorage: keychain, platform: 'linux', file })
  expect(second.key).toEqual(first.key)
})

test("Electron 45's asynchronous calls are used where they are, and open what the old ones wrapped", async () => {
  const file = await keyFile()
  const old = await readSecretsKey({ safeStorage: keychain, platform: 'darwin', file })
  const wrappedByOld = await readFile(file, 'utf8')
  const refuse = () => {
    throw new Error('deprecated')
  }
  const modern: SafeStorage = {
    isAsyncEncryptionAvailable: async () => true,
    encryptStringAsync: async (text) => Buffer.from(`new:${Buffer.from(text).toString('hex')}`),
    decryptStringAsync: async (wrapped) =>
      wrapped.toString().startsWith('new:')
        ? { result: Buffer.from(wrapped.toString().slice(4), 'hex').toString(), shouldReEncrypt: false }
        : { result: flip(wrapped).toString(), shouldReEncrypt: true },
    isEncryptionAvailable: refuse,
    encryptString: refuse,
    decryptString: refuse,
  }
  const opened = await readSecretsKey({ safeStorage: modern, platform: 'darwin', file })
  expect(opened.key).toEqual(old.key)
  expect(await readFile(file, 'utf8')).not.toBe(wrappedByOld)
  expect((await readSecretsKey({ safeStorage: modern, platform: 'darwin', file })).key).toEqual(old.key)
})

test.each(['basic_text', 'unknown'])('a Linux without a keyring (%s) stores nothing and says what to do', async (backend) => {
  const file = await keyFile()
  const secretsKey = await readSecretsKey({ safeStorage: { ...keychain, getSelectedStorageBackend: () => backend }, platform: 'linux', file })
  expect(secretsKey).toMatchObject({ protection: 'none', key: null })
  expect(secretsText(secretsKey.kept, 'en')).toMatch(/keyring/)
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})

test('a keychain that does not open the key loses nothing: the file stays for when it does', async () => {
  const file = await keyFile()
  const first = await readSecretsKey({ safeStorage: keychain, platform: 'linux', file })
  const locked: SafeStorage = {
    ...keychain,
    decryptString: () => {
      throw new Error('locked')
    },
  }
  expect(await readSecretsKey({ safeStorage: locked, platform: 'linux', file })).toMatchObject({ protection: 'none', key: null })
  expect((await readSecretsKey({ safeStorage: keychain, platform: 'linux', file })).key).toEqual(first.key)
})

test('a damaged key file is said, not replaced', async () => {
  const file = await keyFile()
  await writeFile(file, '{"version":1,"wrapped":"AAAA"}')
  const secretsKey = await readSecretsKey({ safeStorage: keychain, platform: 'linux', file })
  expect(secretsKey.protection).toBe('none')
  expect(secretsText(secretsKey.kept, 'en')).toContain(file)
  expect(await readFile(file, 'utf8')).toContain('AAAA')
})
