import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { secretsText } from '../i18n/noticeText.ts'
import { openAccessToken, readSecretsKey } from './accessToken.ts'

const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-test-'))
const posix = process.platform !== 'win32'
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a token is made once, for this user only, and read from then on', () => {
  const file = join(dir, 'deep', 'token')
  const made = openAccessToken(file)
  if (!made.ok) throw new Error(made.error)
  expect(made.value).toMatchObject({ made: true, warnings: [] })
  expect(made.value.token).toMatch(/^[\w-]{43}$/)
  if (posix) expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(openAccessToken(file)).toEqual({ ok: true, value: { token: made.value.token, made: false, warnings: [] } })
})

test('an unwise token is warned of, an unusable one refused with words', () => {
  const file = join(dir, 'token')
  openAccessToken(file)
  writeFileSync(file, 'short\n')
  chmodSync(file, 0o644)
  const read = openAccessToken(file)
  if (!read.ok) throw new Error(read.error)
  const { warnings } = read.value
  expect(warnings[0]).toContain('only 5 characters')
  if (posix) expect(warnings[1]).toContain('chmod 600')
  writeFileSync(file, ' \n')
  expect(openAccessToken(file)).toMatchObject({ ok: false, error: expect.stringContaining('is empty') })
  writeFileSync(file, 'two words\n')
  expect(openAccessToken(file)).toMatchObject({ ok: false, error: expect.stringContaining('more than one word') })
  expect(openAccessToken(dir)).toMatchObject({ ok: false, error: expect.stringContaining('EISDIR') })
})

test.skipIf(process.getuid?.() !== 0)('of a file of another user, such as a secret in a container, nobody is told to close it', () => {
  const file = join(dir, 'token')
  openAccessToken(file)
  chmodSync(file, 0o644)
  chownSync(file, 10_001, 10_001)
  expect(openAccessToken(file)).toMatchObject({ ok: true, value: { warnings: [] } })
})

test('the key of secrets is made once, for this user only, and never replaced', () => {
  const made = readSecretsKey(dir)
  expect(made).toMatchObject({ protection: 'file', kept: { kind: 'keyFile' } })
  expect(secretsText(made.kept, 'en')).toContain('only this user')
  expect(made.key).toHaveLength(32)
  expect(Buffer.compare(readSecretsKey(dir).key ?? Buffer.alloc(0), made.key ?? Buffer.alloc(1))).toBe(0)
  const file = join(dir, 'secrets.key')
  if (posix) expect(statSync(file).mode & 0o777).toBe(0o600)
  writeFileSync(file, 'broken')
  const broken = readSecretsKey(dir)
  expect(broken).toMatchObject({ protection: 'none', key: null })
  expect(secretsText(broken.kept, 'en')).toContain('backup')
  expect(readFileSync(file, 'utf8')).toBe('broken')
})
