import { expect, it } from 'vitest'
import { hostCauseSamples, serverErrorSamples } from '../shared/errors.fixture.ts'
import { type HostCause, type HostFailure, hostCauseSchema, type ServerError, serverErrorSchema } from '../shared/errors.ts'
import { hostErrorText, hostErrorWhat, serverErrorText } from './errorText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const facts = { user: 'noc', fingerprint: 'SHA256:abc', knownFingerprint: null, keyType: 'ssh-rsa', target: 'oslo:22' }
const failure = (kind: HostFailure['kind'], said: HostCause | null): HostFailure => ({ ...facts, kind, said })

it.each(languages)('each cause of a host that cannot be read has its words in %s', (language) => {
  for (const cause of hostCauseSamples)
    for (const kind of ['closed', 'secretMissing', 'answerBroken'] as const)
      expectSentence(cause.kind, (tag) => hostErrorText(failure(kind, cause), tag), language, [facts, cause])
})

it('each cause has words of its own, and is one that is sent', () => {
  const texts = hostCauseSamples.map((cause) => hostErrorWhat(failure('closed', cause), 'en'))
  expect(new Set(texts).size).toBeGreaterThanOrEqual(new Set(hostCauseSamples.map(({ kind }) => kind)).size)
  for (const cause of hostCauseSamples) expect(hostCauseSchema.parse(cause)).toEqual(cause)
})

it.each(languages)('the limit of an answer is said in a unit that it is not 0 of, in %s', (language) => {
  expect(serverErrorText({ kind: 'tooLarge', limitBytes: 131_072 }, language).what).toMatch(/131 kB/)
  expect(serverErrorText({ kind: 'tooLarge', limitBytes: 64_000_000 }, language).what).toMatch(/64 MB/)
})

it('a cause says what to do itself, in place of what its failure says', () => {
  const said = (kind: HostFailure['kind'], cause: HostCause | null) => ['en', 'de'].map((tag) => hostErrorText(failure(kind, cause), tag as 'en' | 'de'))
  expect(said('authRefused', { kind: 'otherMethods', offered: 'publickey' })).toEqual([
    'oslo:22 rejected the sign-in of noc: it accepts only other ways to sign in: publickey.',
    'oslo:22 weist noc bei der Anmeldung ab: Er nimmt nur andere Anmeldeverfahren an: publickey.',
  ])
  expect(said('keyUnusable', { kind: 'passphraseWrong' })).toEqual([
    'The private key cannot be used: its passphrase is missing or wrong. Enter it again.',
    'Der private Schlüssel lässt sich nicht verwenden: Seine Passphrase fehlt oder ist falsch. Geben Sie sie erneut ein.',
  ])
  expect(said('hostKeyUnknown', { kind: 'fileUnreadable', file: '/etc/known', code: 'EACCES' }).map((text) => text.split('. ').at(-1))).toEqual([
    '/etc/known cannot be read (EACCES).',
    '/etc/known ist nicht lesbar (EACCES).',
  ])
})

it('words of the other side are quoted as they came, and ours are not', () => {
  expect(hostErrorWhat(failure('commandRefused', { kind: 'quoted', text: 'not available' }), 'de')).toBe(
    'oslo:22 führt für noc keine Befehle aus („not available“).',
  )
})

it('each fault of an answer and of a stored secret has words of its own, and is one that is sent', () => {
  // Each kind is in the list once more with what it quotes.
  const faults = serverErrorSamples.filter((error) => 'detail' in error && typeof error.detail !== 'string' && error.detail.kind !== 'quoted')
  expect(faults).toHaveLength(9)
  expect(new Set(faults.map((error) => serverErrorText(error, 'en').what)).size).toBe(faults.length)
  for (const error of faults) expect(serverErrorSchema.parse(error)).toEqual(error)
})

it('a fault of an answer is said in the language, with positions and names of fields as they are', () => {
  const said = (error: ServerError) => (['en', 'de', 'zh', 'ru', 'ko'] as const).map((language) => serverErrorText(error, language).what)
  expect(said({ kind: 'badReply', detail: { kind: 'jsonBroken', at: 20_480 } })).toEqual([
    "The answer can't be read: its JSON is malformed at byte 20480.",
    'Die Antwort ist nicht lesbar: ihr JSON ist ab Byte 20.480 fehlerhaft.',
    '无法读取应答：JSON 从第 20,480 字节起有误。',
    'Ответ не читается: ошибка в JSON, позиция байта: 20\u00A0480.',
    '응답을 읽을 수 없습니다: JSON이 20,480번째 바이트부터 잘못되었습니다.',
  ])
  expect(said({ kind: 'badReply', detail: { kind: 'otherForm', field: 'items[7]' } })).toEqual([
    `The answer can't be read: items[7] is missing or of another type.`,
    'Die Antwort ist nicht lesbar: items[7] fehlt oder hat einen anderen Typ.',
    '无法读取应答：items[7] 缺失或类型不符。',
    'Ответ не читается: items[7] отсутствует или другого типа.',
    '응답을 읽을 수 없습니다: items[7] 항목이 없거나 형식이 다릅니다.',
  ])
})

it('the words of a fault stand in the sentence of its failure', () => {
  const replies = serverErrorSamples.filter(({ kind }) => kind === 'badReply' || kind === 'secretMissing').map((error) => serverErrorText(error, 'en').what)
  expect([...new Set(replies)]).toEqual([
    "The answer can't be read: $.items.",
    "A secret can't be read: ENOENT.",
    "The answer can't be read: it requires a client certificate, or does not accept this one.",
    "The answer can't be read: the TLS handshake failed (EPROTO).",
    "The answer can't be read: the server presents no certificate.",
    "The answer can't be read: its HTTP is malformed.",
    "The answer can't be read: its JSON is malformed at byte 1234.",
    "The answer can't be read: it has more parts than are read (limit 65,536).",
    "The answer can't be read: items[0] is missing or of another type.",
    "A secret can't be read: the stored password was encrypted with another key.",
    "A secret can't be read: the stored one is not sent to a different address.",
  ])
})

it.each(['en', 'de', 'zh', 'ru', 'ko'] as const)('whoever has to open a port is told which one: %s', (language) => {
  const said = (more: object) => serverErrorText(serverErrorSchema.parse({ kind: 'unreachable', reason: 'connectTimeout', ...more }), language).todo
  expect(said({ port: 19_997 })).toMatch(/\b19997/)
  expect(said({ port: 19_997 })).not.toMatch(/\b9997/)
  // As kept by an earlier version.
  expect(said({})).toMatch(/\b9997/)
})
