import { describe, expect, it } from 'vitest'
import { type SecretsKept, type ServerCaution, secretsKeptSchema, serverCautionSchema } from '../shared/cautions.ts'
import { type ConsoleTrouble, consoleTroubleSchema } from '../shared/consoleTroubles.ts'
import type { FileFault } from '../shared/fileFaults.ts'
import { formatMomentInZone } from '../shared/units.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { type Language, languages } from './languages.ts'
import { cautionText, secretsText } from './noticeText.ts'
import { expectSentence } from './words.fixture.ts'

type OneOfEach<Kind extends { readonly kind: string }> = { readonly [K in Kind['kind']]: Extract<Kind, { kind: K }> }

/** Names of programs and files, and what is typed. */
const names = 'wal shm GNOME Keyring KWallet npx Node NodeJS restore replace main db Form Bytes data folder'
const [file, folder, because] = ['/data/x.db', '/data', 'EACCES']
const fault: FileFault = { kind: 'damaged', detail: 'xyz' }
/** One of each kind: the compiler asks for it. */
const troubles: OneOfEach<ConsoleTrouble> = {
  dataDirInUse: { kind: 'dataDirInUse', folder, pid: 7, since: '2026-11-14' },
  diskFull: { kind: 'diskFull', folder },
  notWritable: { kind: 'notWritable', file, because },
  fileHeld: { kind: 'fileHeld', file },
  databaseNewer: { kind: 'databaseNewer', file, form: 9, known: 8 },
  databaseOlder: { kind: 'databaseOlder', file, folder: '/data', form: 1, known: 2 },
  databaseDamaged: { kind: 'databaseDamaged', file, because: fault },
  restoreUnfinished: { kind: 'restoreUnfinished', folder },
  fileMoved: { kind: 'fileMoved', file },
  copyBad: { kind: 'copyBad', folder, because: fault },
  copyFailed: { kind: 'copyFailed', folder, because },
  writerFailed: { kind: 'writerFailed' },
  diskSlow: { kind: 'diskSlow', folder },
  spaceLow: { kind: 'spaceLow', folder, freeBytes: 1.5e9, leastBytes: 2e9 },
  noRoomForArchive: { kind: 'noRoomForArchive', day: '2026-11-14', neededBytes: 2e9, freeBytes: 1e6 },
  nodeTooOld: { kind: 'nodeTooOld', version: '18.0.0' },
  folderOnNetwork: { kind: 'folderOnNetwork', folder, fileSystem: 'nfs4' },
  folderSlow: { kind: 'folderSlow', folder, tookMs: 3_200, hasAnswered: true },
  bundleRefused: { kind: 'bundleRefused', file, because: fault },
}
const secrets: OneOfEach<SecretsKept> = {
  keyFile: { kind: 'keyFile', file },
  keychain: { kind: 'keychain', of: 'linux', keyring: 'kwallet' },
  keyFileWrong: { kind: 'keyFileWrong', file, bytes: 32 },
  keyFileUnreadable: { kind: 'keyFileUnreadable', file, because },
  keyFileNotWritten: { kind: 'keyFileNotWritten', file, because },
  noKeychain: { kind: 'noKeychain' },
  wrappedKeyUnreadable: { kind: 'wrappedKeyUnreadable', because },
  keychainLocked: { kind: 'keychainLocked', file, because },
  keyNotGiven: { kind: 'keyNotGiven', because },
}
const cautions: OneOfEach<ServerCaution> = {
  configurationRefused: {
    kind: 'configurationRefused',
    facts: { file, problems: 2, first: { at: 'mtxdeck.yaml:3', key: '', validationError: { kind: 'empty' } } },
  },
  hidesStored: { kind: 'hidesStored' },
  valuesWrong: { kind: 'valuesWrong', names: ['bytesReceived'], more: 3 },
  keptForLaunch: { kind: 'keptForLaunch', secrets: secrets.keyFileNotWritten },
  openToAll: { kind: 'openToAll' },
  passwordUnencrypted: { kind: 'passwordUnencrypted' },
  sameServer: { kind: 'sameServer', other: 'Gate A' },
  sameDoor: { kind: 'sameDoor', other: 'Gate A', endpoints: [{ endpoint: 'rtsp', at: '10.0.0.5:8554' }] },
}
const allTroubles: readonly ConsoleTrouble[] = [
  ...Object.values(troubles),
  { ...troubles.dataDirInUse, pid: null, since: '' },
  { ...troubles.folderSlow, hasAnswered: false },
]
const allSecrets: readonly SecretsKept[] = Object.values(secrets)
const allCautions: readonly ServerCaution[] = Object.values(cautions)

describe.each(languages)('what the console says of itself, in %s', (language) => {
  it('has a sentence for each kind', () => {
    for (const each of allTroubles)
      expectSentence(each.kind, (tag) => consoleTroubleText(each, tag), language, [each, names, 'node bin node24.mjs tools bringOver.ts'])
    for (const each of allSecrets) expectSentence(each.kind, (tag) => secretsText(each, tag), language, [each, names])
    for (const each of allCautions) expectSentence(each.kind, (tag) => cautionText(each, tag), language, [each, names])
  })
})

it('each is one that is sent', () => {
  for (const each of allTroubles) expect(consoleTroubleSchema.parse(each)).toEqual(each)
  for (const each of allSecrets) expect(secretsKeptSchema.parse(each)).toEqual(each)
  for (const each of allCautions) expect(serverCautionSchema.parse(each)).toEqual(each)
})

it('when another mtxdeck was started is a moment as the language writes it, where its note can be read', () => {
  const inUse = { ...troubles.dataDirInUse, since: '2026-11-14T03:14:27.000Z' }
  const momentIn = (language: Language) => formatMomentInZone(Date.parse(inUse.since), language)
  for (const language of languages) expect(consoleTroubleText(inUse, language)).toContain(momentIn(language))
  expect(consoleTroubleText({ ...inUse, since: 'long ago' }, 'en')).toContain('started long ago')
})
