import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hostErrorText } from '../../i18n/errorText.ts'
import { fingerprintOf } from './knownHosts.ts'
import { PrivateKeys } from './privateKey.ts'
import { createKeyFolder, createKeyPair, hasSshd } from './testSshd.fixture.ts'

describe('private keys', () => {
  const folder = createKeyFolder()
  afterAll(() => folder[Symbol.dispose]())
  const keys = new PrivateKeys()
  const read = (key: string | null, passphrase: string | null = null, keyFile: string | null = null) =>
    keys.read({ kind: 'key', key, keyFile, passphrase }, 'a.example:22')
  const fingerprintIn = (outcome: Awaited<ReturnType<typeof read>>) => (outcome.ok ? fingerprintOf(outcome.value.getPublicSSH()) : outcome.error)
  let names = 0
  const pair = (args: readonly string[], passphrase = '') => createKeyPair(folder.path, `key${names++}`, args, passphrase)

  it.skipIf(!hasSshd).each([
    ['ed25519 of OpenSSH', ['-t', 'ed25519']],
    ['rsa of OpenSSH', ['-t', 'rsa', '-b', '2048']],
    ['ecdsa of OpenSSH', ['-t', 'ecdsa']],
    ['rsa in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['ecdsa in PEM', ['-t', 'ecdsa', '-m', 'PEM']],
    ['rsa in PKCS#8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
    ['ecdsa in PKCS#8', ['-t', 'ecdsa', '-m', 'PKCS8']],
  ])('are read: %s, plain and encrypted', async (_name, args) => {
    const plain = pair(args)
    expect(fingerprintIn(await read(plain.privateText))).toBe(plain.fingerprint)
    expect(await read(plain.privateText.replaceAll('\n', '\r\n'))).toMatchObject({ ok: true })
    const secret = pair(args, 'open sesame')
    expect(fingerprintIn(await read(secret.privateText, 'open sesame'))).toBe(secret.fingerprint)
    expect(await read(secret.privateText, 'wrong')).toMatchObject({
      ok: false,
      error: { kind: 'keyUnusable', said: { kind: 'passphraseWrong' } },
    })
    expect(await read(secret.privateText)).toMatchObject({
      ok: false,
      error: { kind: 'keyUnusable', said: { kind: 'passphraseWrong' } },
    })
  })

  it('are read from PKCS#8 with Ed25519, plain and encrypted, and sign as such', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = (more: object) => privateKey.export({ type: 'pkcs8', format: 'pem', ...more }).toString()
    for (const outcome of [await read(pem({})), await read(pem({ cipher: 'aes-256-cbc', passphrase: 'open sesame' }), 'open sesame')]) {
      if (!outcome.ok) throw new Error(hostErrorText(outcome.error, 'en'))
      const signature = outcome.value.sign('text')
      expect(outcome.value.verify('text', signature)).toBe(true)
      expect(outcome.value.verify('other', signature)).toBe(false)
    }
  })

  it.skipIf(!hasSshd)('are named by what is wrong with each that cannot be used', async () => {
    const good = pair(['-t', 'ed25519'])
    const said = async (text: string) => {
      const outcome = await read(text)
      if (outcome.ok) throw new Error('it was read')
      expect(outcome.error.kind).toBe('keyUnusable')
      return outcome.error.said
    }
    expect(await said(good.publicLine)).toEqual({ kind: 'notAPrivateKey' })
    const lines = good.privateText.split('\n')
    for (const text of ['', 'hello', good.privateText.slice(0, 200), [...lines.slice(0, 2), ...lines.slice(3)].join('\n')])
      expect(await said(text)).toEqual({ kind: 'notAPrivateKey' })
    const written = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const { privateKey } of [generateKeyPairSync('x25519'), generateKeyPairSync('ed448')])
      expect(await said(written(privateKey))).toEqual({ kind: 'notAPrivateKey' })
    const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
    expect(await said(written(dsa.privateKey))).toEqual({ kind: 'notAPrivateKey' })
  })

  it.skipIf(!hasSshd)('are read from their file again each time', async () => {
    const file = join(folder.path, 'id')
    const [one, two] = [pair(['-t', 'ed25519']), pair(['-t', 'ed25519'])]
    writeFileSync(file, readFileSync(one.file))
    expect(fingerprintIn(await read(null, null, file))).toBe(one.fingerprint)
    writeFileSync(file, readFileSync(two.file))
    expect(fingerprintIn(await read(null, null, file))).toBe(two.fingerprint)
    expect(await read(null, null, join(folder.path, 'none'))).toMatchObject({
      error: { kind: 'keyUnusable', said: { kind: 'fileUnreadable', file: join(folder.path, 'none'), code: 'ENOENT' } },
    })
    expect(await read(null, null, folder.path)).toMatchObject({ error: { kind: 'keyUnusable', said: { kind: 'fileUnreadable', file: folder.path } } })
    writeFileSync(file, 'x'.repeat(100_000))
    expect(await read(null, null, file)).toMatchObject({ error: { kind: 'keyUnusable', said: { kind: 'fileUnreadable', file, code: 'EFBIG' } } })
    if (process.getuid?.() !== 0) {
      chmodSync(file, 0)
      expect(await read(null, null, file)).toMatchObject({ error: { said: { kind: 'fileUnreadable', file, code: 'EACCES' } } })
    }
  })

  it('that are not there are asked for', async () => {
    expect(await read(null)).toMatchObject({ error: { kind: 'secretMissing' } })
  })

  it.skipIf(!hasSshd)('are opened once, not with each connection, and while the engine goes on', async () => {
    const secret = pair(['-t', 'ed25519', '-a', '60'], 'open sesame')
    let turns = 0
    const going = setInterval(() => void turns++, 5)
    const [first, second] = await Promise.all([read(secret.privateText, 'open sesame'), read(secret.privateText, 'open sesame')])
    clearInterval(going)
    expect(turns).toBeGreaterThan(20)
    expect(first.ok && second.ok && first.value === second.value).toBe(true)
    // The text decides, not its file.
    execFileSync('ssh-keygen', ['-q', '-p', '-P', 'open sesame', '-N', 'other', '-f', secret.file])
    expect(await read(readFileSync(secret.file, 'utf8'), 'open sesame')).toMatchObject({ error: { kind: 'keyUnusable', said: { kind: 'passphraseWrong' } } })
  })
})
