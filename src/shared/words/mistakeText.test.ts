import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Mistake, mistaken, mistakeOf, mistakeSchema } from '../mistakes.ts'
import { seriesSchema } from '../subjects.ts'
import { languages } from './languages.ts'
import { mistakeText, problemText } from './mistakeText.ts'
import { expectSentence } from './words.fixture.ts'

const words = ['mean', 'max']
const meant = { meant: 'keepDays', known: words }
/** One of each kind: the compiler asks for it. */
const samples: { readonly [K in Mistake['kind']]: Extract<Mistake, { kind: K }> } = {
  missing: { kind: 'missing', key: 'name' },
  notOfType: { kind: 'notOfType', type: 'list' },
  notOneOf: { kind: 'notOneOf', words },
  unknownKey: { kind: 'unknownKey', ...meant },
  empty: { kind: 'empty', what: 'user' },
  tooLong: { kind: 'tooLong', what: 'password', most: 4096 },
  notOneLine: { kind: 'notOneLine', what: 'passphrase' },
  hiddenCharacter: { kind: 'hiddenCharacter', what: 'tag', code: 'U+202E' },
  tooSmall: { kind: 'tooSmall', least: 1 },
  tooLarge: { kind: 'tooLarge', most: 10_000 },
  notWhole: { kind: 'notWhole' },
  said: { kind: 'said', text: 'xyz: zyx' },
  aliasUnusable: { kind: 'aliasUnusable', because: 'unknown' },
  notAnAddress: { kind: 'notAnAddress', text: 'xyz' },
  notHttp: { kind: 'notHttp', scheme: 'ftp:' },
  userInAddress: { kind: 'userInAddress' },
  userInAddresses: { kind: 'userInAddresses' },
  queryInAddress: { kind: 'queryInAddress' },
  notAFingerprint: { kind: 'notAFingerprint' },
  notAHeaderName: { kind: 'notAHeaderName' },
  headerReserved: { kind: 'headerReserved', name: 'Host' },
  headerBesideUser: { kind: 'headerBesideUser', name: 'Authorization' },
  notTakenAlong: { kind: 'notTakenAlong' },
  notPem: { kind: 'notPem', what: 'key' },
  keyEncrypted: { kind: 'keyEncrypted' },
  keyOfOtherCertificate: { kind: 'keyOfOtherCertificate' },
  intervalShort: { kind: 'intervalShort', least: 0.5 },
  intervalLong: { kind: 'intervalLong', most: 3600 },
  tooManyTags: { kind: 'tooManyTags', most: 20 },
  tooManyAtOnce: { kind: 'tooManyAtOnce', most: 1000 },
  notAnSshTarget: { kind: 'notAnSshTarget' },
  notAPort: { kind: 'notAPort', port: '99999' },
  tooManyJumps: { kind: 'tooManyJumps', most: 4 },
  configurationUnreadable: { kind: 'configurationUnreadable', file: 'xyz', code: 'ENOENT' },
  fileUnreadable: { kind: 'fileUnreadable', file: 'xyz', code: 'ENOENT' },
  variableMissing: { kind: 'variableMissing', name: 'XYZ' },
  notAListenAddress: { kind: 'notAListenAddress', text: 'xyz' },
  notAnOrigin: { kind: 'notAnOrigin', text: 'xyz' },
  pathInOrigin: { kind: 'pathInOrigin', path: '/xyz' },
  notANetwork: { kind: 'notANetwork', text: 'xyz' },
  notDays: { kind: 'notDays', least: 0.01, most: 3650 },
  notACount: { kind: 'notACount', least: 1, most: 99_999 },
  notASize: { kind: 'notASize' },
  tlsHalf: { kind: 'tlsHalf', missing: 'keyFile' },
  givenBeside: { kind: 'givenBeside', other: 'token', oneOf: words },
  userAlone: { kind: 'userAlone', oneOf: words },
  userBesideToken: { kind: 'userBesideToken', token: 'tokenFile' },
  userMissing: { kind: 'userMissing', beside: 'password' },
  publicKey: { kind: 'publicKey', file: 'xyz.pub' },
  sshMissing: { kind: 'sshMissing' },
  signInMissing: { kind: 'signInMissing', oneOf: words },
  passphraseAlone: { kind: 'passphraseAlone' },
  besideLocal: { kind: 'besideLocal' },
  notAStreamAddress: { kind: 'notAStreamAddress', schemes: ['rtsp', 'srt'] },
  probeOfFile: { kind: 'probeOfFile' },
  notCredentials: { kind: 'notCredentials' },
  notWithin: { kind: 'notWithin', least: -90, most: -20 },
  rangeReversed: { kind: 'rangeReversed' },
  addressOfThisMachine: { kind: 'addressOfThisMachine' },
  secretsHidden: { kind: 'secretsHidden' },
  maskedValue: { kind: 'maskedValue' },
  settingsUnfit: { kind: 'settingsUnfit' },
  notACanaryPath: { kind: 'notACanaryPath' },
  canaryTwice: { kind: 'canaryTwice' },
  noChannelYet: { kind: 'noChannelYet' },
  channelKindMissing: { kind: 'channelKindMissing', oneOf: ['webhook', 'email'] },
  secretMissing: { kind: 'secretMissing', oneOf: ['secretFile', 'secretEnv'] },
  notANamingTemplate: { kind: 'notANamingTemplate', fault: 'fieldTwice', part: 'xyz' },
  notAFieldValue: { kind: 'notAFieldValue' },
  notATemplate: { kind: 'notATemplate', said: 'xyz: zyx' },
  notSuchAs: { kind: 'notSuchAs', example: 'smtp://mail.example.org:587' },
  noSuchServer: { kind: 'noSuchServer', name: 'Wein', meant: 'Wien' },
  notAWallTime: { kind: 'notAWallTime' },
  notAZone: { kind: 'notAZone' },
  notWeekly: { kind: 'notWeekly' },
  notATimeOfDay: { kind: 'notATimeOfDay' },
  notHours: { kind: 'notHours', most: 744 },
  notARule: { kind: 'notARule', part: 'BYDAY=XX' },
  nameTwice: { kind: 'nameTwice', name: 'Wien', first: 'hosts[2]' },
  noSuchParameter: { kind: 'noSuchParameter', ...meant },
  givenTwice: { kind: 'givenTwice' },
  notOneOfThese: { kind: 'notOneOfThese', words, text: 'xyz' },
  notATime: { kind: 'notATime', text: 'xyz' },
  notAStep: { kind: 'notAStep', text: 'xyz' },
  serverNotNamed: { kind: 'serverNotNamed' },
  nestedTooDeep: { kind: 'nestedTooDeep' },
  endBeforeBegin: { kind: 'endBeforeBegin' },
  metricNotNamed: { kind: 'metricNotNamed' },
  noSuchName: { kind: 'noSuchName', text: 'xyz', ...meant },
  notLearned: { kind: 'notLearned', metric: 'path.rtt', known: ['path.bitrateIn'] },
  pathNotNamed: { kind: 'pathNotNamed', metric: 'path.rtt', of: 'stream' },
  pathEmpty: { kind: 'pathEmpty' },
  pathNotNeeded: { kind: 'pathNotNeeded' },
  namedTwice: { kind: 'namedTwice' },
  tooManySeries: { kind: 'tooManySeries', count: 70, most: 64 },
  tooManyValues: { kind: 'tooManyValues', count: 3e6, most: 2e6 },
  notAPattern: { kind: 'notAPattern', text: '~(' },
  patternUnsupported: { kind: 'patternUnsupported', text: '~(?=x)' },
  expressionsTooLong: { kind: 'expressionsTooLong', most: 30_000 },
  patternTooLarge: { kind: 'patternTooLarge', text: '~.{999}' },
  notAnId: { kind: 'notAnId' },
  noSuchRule: { kind: 'noSuchRule', text: 'streamGon', ...meant },
  ruleTwice: { kind: 'ruleTwice', id: 'hostCpu' },
  metricOfShipped: { kind: 'metricOfShipped', rule: 'hostCpu' },
  limitMissing: { kind: 'limitMissing', oneOf: words },
  noFigure: { kind: 'noFigure' },
  clearOnWrongSide: { kind: 'clearOnWrongSide', side: 'below', limit: 500 },
  levelsOutOfOrder: { kind: 'levelsOutOfOrder' },
  notYaml: { kind: 'notYaml', line: 3, column: 5 },
  keyTwice: { kind: 'keyTwice', key: 'xyz' },
  percentMixed: { kind: 'percentMixed' },
  ofRuleOnly: { kind: 'ofRuleOnly' },
  keyOfOther: { kind: 'keyOfOther', key: 'xyz' },
  remedyUnfit: { kind: 'remedyUnfit', act: 'kickPublisher' },
  metricOfOther: { kind: 'metricOfOther', metric: 'host.cpu', of: 'host' },
  noSuchForm: { kind: 'noSuchForm' },
  scopeUnfit: { kind: 'scopeUnfit', metric: 'host.cpu', of: 'device' },
  noServerOfName: { kind: 'noServerOfName', name: 'Wein', ...meant },
}
/** Keys, values and names of the configuration, written as they are typed. */
const typed = new Set(
  'api ftp keyFile local true false SHA hex AB CD noc ssh listen https example org ms ISO xyz HTTP OK MB GB PEM Id id ID stehen from path bitrateIn disk net eth0 eth gpu user pub token step Text Id Hex Tags Tag Tokens Header Parameter'.split(
    ' ',
  ),
)

describe.each(languages)('what is wrong with a value, in %s', (language) => {
  it('has words for each kind', () => {
    const more: readonly Mistake[] = [
      { ...samples.pathNotNamed, of: 'device' },
      { ...samples.unknownKey, meant: null },
      { ...samples.noServerOfName, meant: null, known: [] },
      ...(['name', 'password', 'passphrase', 'token', 'secret', 'tag', 'apiAddress'] as const).map((what) => ({ kind: 'empty', what }) as const),
      ...(['address', 'privateKey', 'file', 'processName', 'serverId'] as const).flatMap((what) => [
        { kind: 'empty', what } as const,
        { kind: 'tooLong', what, most: 1000 } as const,
      ]),
      ...(['text', 'object', 'number', 'boolean'] as const).map((type) => ({ kind: 'notOfType', type }) as const),
      { kind: 'notOneLine', what: 'token' },
      ...(['circular', 'notAMap', 'tooMany'] as const).map((because) => ({ kind: 'aliasUnusable', because }) as const),
    ]
    for (const mistake of [...Object.values(samples), ...more])
      expectSentence(mistake.kind, (tag) => `xyz: ${mistakeText(mistake, tag).replace(' .pub', ' pub')}`, language, [mistake, ...typed])
  })
})

it('a mistake goes through a check of zod and is found again; what zod says by itself is a kind too', () => {
  for (const mistake of Object.values(samples)) {
    expect(mistakeSchema.parse(mistake)).toEqual(mistake)
    expect(mistakeOf({ message: mistaken(mistake) })).toEqual(mistake)
  }
  expect(mistakeOf({ code: 'invalid_type', expected: 'array', message: 'Invalid input: expected array, received string' })).toEqual({
    kind: 'notOfType',
    type: 'list',
  })
  expect(mistakeOf({ code: 'invalid_type', expected: 'string', path: ['a', 'b'], message: 'Invalid input: expected string, received undefined' })).toEqual({
    kind: 'missing',
    key: 'b',
  })
  const range = z.object({
    page: z.coerce.number().int().min(1).max(9),
    name: z.string().min(1).max(3),
    all: z.array(z.string()).min(1).max(2),
  })
  const mistakesIn = (value: object) => range.safeParse(value).error?.issues.map(mistakeOf)
  expect(mistakesIn({ page: '0', name: '', all: [] })).toEqual([
    { kind: 'tooSmall', least: 1 },
    { kind: 'empty', what: 'settingValue' },
    { kind: 'empty', what: 'list' },
  ])
  expect(mistakesIn({ page: '10', name: 'long', all: ['a', 'b', 'c'] })).toEqual([
    { kind: 'tooLarge', most: 9 },
    { kind: 'tooLong', what: 'settingValue', most: 3 },
    { kind: 'tooManyAtOnce', most: 2 },
  ])
  expect(mistakesIn({ page: '1.5', name: 'a', all: ['a'] })).toEqual([{ kind: 'notWhole' }])
  expect(mistakeOf({ code: 'too_big', message: 'Too big: expected string to have <=300 characters' })).toMatchObject({ kind: 'said' })
  expect(seriesSchema.safeParse({ serverId: 'server-abc123', path: '', metric: 'path.bitrateIn' }).error?.issues.map(mistakeOf)).toEqual([
    { kind: 'pathNotNamed', metric: 'path.bitrateIn', of: 'stream' },
  ])
  expect(seriesSchema.safeParse({ subject: { kind: 'fleet' } }).error?.issues.map(mistakeOf)).toEqual([{ kind: 'noSuchForm' }])
  expect(mistakeOf({ message: '{"kind":"onFire"}' })).toEqual({ kind: 'said', text: '{"kind":"onFire"}' })
})

it('a mistake stands behind its place, and holds no password of an address', () => {
  const mistake = mistakeOf({ message: mistaken({ kind: 'notAnAddress', text: 'http://noc:secret@10.0.0.5 x' }) })
  expect(problemText({ at: 'mtxdeck.yaml:5:5', key: 'servers[0].url', mistake }, 'de')).toBe(
    'mtxdeck.yaml:5:5: servers[0].url: „http://***@10.0.0.5 x“ ist keine Adresse. Schreiben Sie sie wie http://10.0.0.5:9997',
  )
})

it.each([
  'http://noc:SECRET@10.0.0.5:99999',
  'http://noc:SEC/RET@h h',
  'http://noc:a"SECRET@[::1',
  'http://noc:p@SECRET@h h',
  'noc:p@SECRET@10.0.0.5',
  'noc:SEC RET@10.0.0.5',
  'http://h:x/?token=SECRET',
])('a mistake quotes no secret of %s', (text) => {
  expect(JSON.stringify(mistakeOf({ message: mistaken({ kind: 'notAnAddress', text }) }))).not.toMatch(/SEC|RET/)
})

it('of a value without an end a mistake quotes the beginning, at once', () => {
  const text = `${'a'.repeat(500_000)}${':a'.repeat(500_000)}`
  expect(mistakeOf({ message: mistaken({ kind: 'notAListenAddress', text }) })).toEqual({ kind: 'notAListenAddress', text: 'a'.repeat(1000) })
})
