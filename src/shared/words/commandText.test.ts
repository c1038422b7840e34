import { expect, it } from 'vitest'
import type { Failure, Fault, Progress, StartWarning } from '../commands.ts'
import { formatMomentInZone } from '../units.ts'
import { commandWords, failureText, faultText, progressText, startWarningText } from './commandText.ts'
import { expectSentence } from './words.fixture.ts'

const [file, folder, because, name, origin] = ['/x/y', '/x', 'ENOENT', 'main.db', 'https://noc:8787']
const [form, known, neededBytes, freeBytes] = [9, 8, 2e9, 1e6]
/** One of each kind: the compiler asks for it. */
const failures: { readonly [K in Failure['kind']]: Extract<Failure, { kind: K }> } = {
  console: { kind: 'console', trouble: { kind: 'diskFull', folder } },
  problems: { kind: 'problems', problems: [{ at: 'mtxdeck.yaml:1:1', key: 'keepDays', mistake: { kind: 'notASize' } }] },
  noDisplay: { kind: 'noDisplay' },
  placeNamed: { kind: 'placeNamed' },
  electronFolderWrong: { kind: 'electronFolderWrong', executable: 'electron.exe' },
  electronNotInstalled: { kind: 'electronNotInstalled' },
  electronNotUnpacked: { kind: 'electronNotUnpacked' },
  electronNotDownloaded: { kind: 'electronNotDownloaded', because },
  electronLate: { kind: 'electronLate', seconds: 120 },
  electronNotStarted: { kind: 'electronNotStarted', because },
  electronEnded: { kind: 'electronEnded', how: 'SIGSEGV' },
  builderMissing: { kind: 'builderMissing' },
  buildFailed: { kind: 'buildFailed', said: 'xyz: zyx' },
  noBundle: { kind: 'noBundle', file },
  bundleNotNamed: { kind: 'bundleNotNamed' },
  noConfiguration: { kind: 'noConfiguration', file },
  configurationNotNamed: { kind: 'configurationNotNamed' },
  notAnEngine: { kind: 'notAnEngine' },
  tokenNotGiven: { kind: 'tokenNotGiven' },
  notAToken: { kind: 'notAToken' },
  demoEnded: { kind: 'demoEnded', how: '1' },
  tokenEmpty: { kind: 'tokenEmpty', file },
  tokenOfWords: { kind: 'tokenOfWords', file },
  tokenUnreadable: { kind: 'tokenUnreadable', file, because },
  tokenNotWritten: { kind: 'tokenNotWritten', file, because },
  logsNotWritten: { kind: 'logsNotWritten', folder, because },
  certificateUnusable: { kind: 'certificateUnusable', because },
  portTaken: { kind: 'portTaken', host: '', port: 8787 },
  portForbidden: { kind: 'portForbidden', host: '[::1]', port: 80 },
  noSuchAddress: { kind: 'noSuchAddress', host: '10.9.9.9' },
  cannotListen: { kind: 'cannotListen', host: '::', port: 1, because },
  notWritten: { kind: 'notWritten', file, because },
  keyNotNamed: { kind: 'keyNotNamed' },
  notHostAndPort: { kind: 'notHostAndPort', text: 'xyz' },
  keyUnreadable: { kind: 'keyUnreadable', file, because },
  notAPublicKey: { kind: 'notAPublicKey', file },
  noData: { kind: 'noData', folder },
  noConsole: { kind: 'noConsole', folder },
  rulesUnreadable: { kind: 'rulesUnreadable', file: 'rules.yaml', because: 'ENOENT' },
  isBackup: { kind: 'isBackup', folder },
  inUse: { kind: 'inUse', trouble: { kind: 'dataDirInUse', folder, pid: null, since: '' } },
  notAUrl: { kind: 'notAUrl', text: 'xyz' },
  tokenWanted: { kind: 'tokenWanted', origin },
  noAnswer: { kind: 'noAnswer', origin, because },
  refusedBy: { kind: 'refusedBy', origin, because },
  questionWrong: { kind: 'questionWrong', text: 'xyz: zyx' },
  stopped: { kind: 'stopped' },
  dataIncomplete: { kind: 'dataIncomplete', folder, missing: name },
  backupInside: { kind: 'backupInside', folder },
  manifestUnreadable: { kind: 'manifestUnreadable', file, because },
  notAManifest: { kind: 'notAManifest', file },
  manifestNewer: { kind: 'manifestNewer', folder, form, known },
  manifestDamaged: { kind: 'manifestDamaged', file, entry: 'files.0.name' },
  folderNotEmpty: { kind: 'folderNotEmpty', folder },
  databaseNewer: { kind: 'databaseNewer', name, form, known },
  noRoomForBackup: { kind: 'noRoomForBackup', folder, neededBytes, freeBytes },
  backupStopped: { kind: 'backupStopped' },
  copyNotGood: { kind: 'copyNotGood', folder, into: file, name, fault: { kind: 'cutOff' } },
  backupDiskFull: { kind: 'backupDiskFull', folder },
  backupOfDamaged: { kind: 'backupOfDamaged', folder, fault: { kind: 'quoted', text: 'xyz' } },
  backupFailed: { kind: 'backupFailed', folder, into: file, because },
  noBackup: { kind: 'noBackup', folder, manifest: 'manifest.json' },
  backupNotWhole: { kind: 'backupNotWhole', folder, name, fault: 'different' },
  backupNewer: { kind: 'backupNewer', name, form, known },
  backupWithinData: { kind: 'backupWithinData', folder },
  dataNotEmpty: { kind: 'dataNotEmpty', folder },
  noRoomForRestore: { kind: 'noRoomForRestore', folder, neededBytes, freeBytes },
  changedMeanwhile: { kind: 'changedMeanwhile', name },
  restoreDiskFull: { kind: 'restoreDiskFull', folder, aside: null },
  restoreFailed: { kind: 'restoreFailed', folder, aside: null, because },
}
const warnings: { readonly [K in StartWarning['kind']]: Extract<StartWarning, { kind: K }> } = {
  tokenShort: { kind: 'tokenShort', letters: 5 },
  tokenOpen: { kind: 'tokenOpen', file },
  tlsOff: { kind: 'tlsOff' },
  tokensRefused: { kind: 'tokensRefused' },
  notBuilt: { kind: 'notBuilt' },
  metricsNotServed: { kind: 'metricsNotServed', host: '127.0.0.1', port: 9_464, why: 'portTaken', because: '' },
  secrets: { kind: 'secrets', secrets: { kind: 'keyFileUnreadable', file, because } },
}
const faults: { readonly [K in Fault['kind']]: Extract<Fault, { kind: K }> } = {
  notThere: { kind: 'notThere' },
  cutOff: { kind: 'cutOff' },
  empty: { kind: 'empty' },
  newer: { kind: 'newer', form, known },
  older: { kind: 'older', form },
  damaged: { kind: 'damaged', said: 'xyz: zyx' },
  unreadable: { kind: 'unreadable', said: 'xyz: zyx' },
  restoreUnfinished: { kind: 'restoreUnfinished' },
  contents: { kind: 'contents', fault: { kind: 'undecodable' } },
  part: { kind: 'part', fault: { kind: 'part', of: 'chunk', no: 5, seal: 3, fault: { kind: 'changed' } } },
  archiveMissing: { kind: 'archiveMissing' },
  bytesChanged: { kind: 'bytesChanged' },
  misnamed: { kind: 'misnamed', of: 'minutes', period: '2026-11-14' },
  notOurs: { kind: 'notOurs' },
}
const progress: { readonly [K in Progress['kind']]: Extract<Progress, { kind: K }> } = {
  building: { kind: 'building' },
  downloading: { kind: 'downloading', seconds: 120 },
  stillDownloading: { kind: 'stillDownloading', seconds: 20 },
  copying: { kind: 'copying', name, no: 2, of: 7 },
  readingCopy: { kind: 'readingCopy', name },
  readingBackup: { kind: 'readingBackup', madeAt: '2026-11-14' },
}
it('every kind of what commands print has a whole sentence', () => {
  const moved: readonly Failure[] = [
    { ...failures.restoreFailed, aside: file },
    { ...failures.restoreDiskFull, aside: file },
  ]
  const parts = (['missing', 'notNamed'] as const).map((fault): Failure => ({ ...failures.backupNotWhole, fault }))
  for (const each of [...Object.values(failures), { ...failures.electronNotDownloaded, because: null }, ...moved, ...parts])
    expectSentence(each.kind, () => failureText(each), 'en')
  for (const each of Object.values(warnings)) expectSentence(each.kind, () => startWarningText(each), 'en')
  for (const each of Object.values(faults)) expectSentence(each.kind, () => `main.db: ${faultText(each)}`, 'en')
  for (const each of Object.values(progress)) expectSentence(each.kind, () => progressText(each).replace(' …', '.'), 'en')
})

it('when a backup was made is a moment with its time zone', () => {
  const madeAt = '2026-11-14T03:14:27.000Z'
  const moment = formatMomentInZone(Date.parse(madeAt), 'en')
  expect(progressText({ kind: 'readingBackup', madeAt })).toContain(moment)
  expect(commandWords.restored({ folder, madeAt, madeBy: '1.0.0' })).toContain(moment)
})
