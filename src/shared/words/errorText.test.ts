import { expect, it } from 'vitest'
import { hostCauseSamples } from '../errors.fixture.ts'
import { type HostCause, type HostFailure, hostCauseSchema, hostFailureSchema } from '../errors.ts'
import { hostErrorText, hostErrorWhat } from './errorText.ts'
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
  expect(new Set(texts).size).toBe(texts.length)
  for (const cause of hostCauseSamples) expect(hostCauseSchema.parse(cause)).toEqual(cause)
})

it('a cause says what to do itself, in place of what its failure says', () => {
  const said = (kind: HostFailure['kind'], cause: HostCause | null) => ['en', 'de'].map((tag) => hostErrorText(failure(kind, cause), tag as 'en' | 'de'))
  expect(said('authRefused', { kind: 'noPasswords', offered: 'publickey' })).toEqual([
    'oslo:22 does not let noc in: it takes no passwords, only publickey. Use a key or the agent.',
    'oslo:22 lässt noc nicht hinein: Passwörter nimmt er nicht an, nur publickey. Verwenden Sie einen Schlüssel oder den Agenten.',
  ])
  expect(said('passphraseWrong', { kind: 'passphraseMissing' })).toEqual([
    'The private key is encrypted, and no passphrase was given. Enter it, or give a key without one.',
    'Der private Schlüssel ist verschlüsselt, und es wurde keine Passphrase angegeben. Geben Sie sie ein, oder verwenden Sie einen Schlüssel ohne Passphrase.',
  ])
  expect(said('passphraseWrong', null)).toEqual([
    'The passphrase does not open the private key. Enter it again.',
    'Falsche Passphrase des privaten Schlüssels. Geben Sie sie erneut ein.',
  ])
  expect(said('secretMissing', { kind: 'secretsClosed', secrets: { kind: 'keyNotGiven', because: 'ENOENT' } })).toEqual([
    'The key of the stored passwords could not be read: ENOENT.',
    'Der Schlüssel der gespeicherten Passwörter ließ sich nicht lesen: ENOENT.',
  ])
  expect(said('hostKeyUnknown', { kind: 'fileUnreadable', file: '/etc/known', code: 'EACCES' }).map((text) => text.split('. ').at(-1))).toEqual([
    '/etc/known cannot be read (EACCES).',
    '/etc/known ist nicht lesbar (EACCES).',
  ])
  expect(said('timeout', { kind: 'noReading', limitMs: 60_000 }).map((text) => text.split('. ')[0])).toEqual([
    'oslo:22 did not answer in time (no reading within 60 s)',
    'oslo:22 antwortete nicht rechtzeitig (keine Daten innerhalb von 60 s)',
  ])
})

it('words of the other side are quoted as they came, and ours are not', () => {
  expect(hostErrorWhat(failure('commandRefused', { kind: 'quoted', text: 'not available' }), 'de')).toBe(
    'oslo:22 führt für noc keine Befehle aus („not available“).',
  )
  expect(hostErrorWhat(failure('commandRefused', { kind: 'commandEndedAtOnce', code: 1 }), 'de')).toBe(
    'oslo:22 führt für noc keine Befehle aus (sofort beendet, Rückgabewert 1).',
  )
  expect(hostErrorWhat(failure('closed', { kind: 'jumpBroke', because: { kind: 'quoted', text: 'read ECONNRESET' } }), 'en')).toBe(
    'The connection to oslo:22 was closed: the way through a jump host broke (read ECONNRESET).',
  )
})

it('a cause that an earlier version kept as a sentence is quoted', () => {
  const kept = { ...facts, kind: 'closed', said: 'it hung up during the handshake' }
  expect(hostFailureSchema.parse({ ...kept, kind: 'jumpFailed', said: null, cause: kept })).toEqual({
    ...facts,
    kind: 'jumpFailed',
    said: null,
    cause: { ...kept, said: { kind: 'quoted', text: kept.said } },
  })
})
