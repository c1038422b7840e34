import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seriesSchema } from '../shared/subjects.ts'
import { invalid, type ValidationError, validationErrorOf, validationErrorSchema } from '../shared/validationErrors.ts'
import { languages } from './languages.ts'
import { problemText, validationErrorText } from './validationErrorText.ts'
import { expectSentence } from './words.fixture.ts'

const words = ['mean', 'max']
const meant = { meant: 'keepDays', known: words }
/** One of each kind: the compiler asks for it. */
const samples: { readonly [K in ValidationError['kind']]: Extract<ValidationError, { kind: K }> } = {
  missing: { kind: 'missing', key: 'name' },
  notOfType: { kind: 'notOfType', type: 'list' },
  notOneOf: { kind: 'notOneOf', words },
  unknownKey: { kind: 'unknownKey', ...meant },
  notInVersion: { kind: 'notInVersion', version: '1.9.3', since: '1.17.1', until: '1.20.1' },
  empty: { kind: 'empty' },
  tooShort: { kind: 'tooShort', least: 10 },
  tooLong: { kind: 'tooLong', most: 4096 },
  notOneLine: { kind: 'notOneLine' },
  hiddenCharacter: { kind: 'hiddenCharacter', code: 'U+202E' },
  tooSmall: { kind: 'tooSmall', least: 1 },
  tooLarge: { kind: 'tooLarge', most: 10_000 },
  notWhole: { kind: 'notWhole' },
  said: { kind: 'said', text: 'xyz: zyx' },
  aliasUnusable: { kind: 'aliasUnusable' },
  notAnAddress: { kind: 'notAnAddress', text: 'xyz' },
  notHttp: { kind: 'notHttp', scheme: 'ftp:' },
  userInAddress: { kind: 'userInAddress' },
  queryInAddress: { kind: 'queryInAddress' },
  headerReserved: { kind: 'headerReserved', name: 'Host' },
  notTakenAlong: { kind: 'notTakenAlong' },
  notPem: { kind: 'notPem', what: 'key' },
  keyEncrypted: { kind: 'keyEncrypted' },
  keyOfOtherCertificate: { kind: 'keyOfOtherCertificate' },
  tooManyAtOnce: { kind: 'tooManyAtOnce', most: 1000 },
  fileUnreadable: { kind: 'fileUnreadable', file: 'xyz', code: 'ENOENT' },
  variableMissing: { kind: 'variableMissing', name: 'XYZ' },
  pathInOrigin: { kind: 'pathInOrigin', path: '/xyz' },
  basePathUnfit: { kind: 'basePathUnfit', path: '/a/../b', example: '/mtx', taken: ['/api', '/relay'] },
  basePathsDiffer: { kind: 'basePathsDiffer' },
  givenBeside: { kind: 'givenBeside', other: 'token', oneOf: words },
  publicKey: { kind: 'publicKey', file: 'xyz.pub' },
  probeOfFile: { kind: 'probeOfFile' },
  notACount: { kind: 'notACount', least: 1, most: 99_999 },
  notWithin: { kind: 'notWithin', least: -90, most: -20 },
  rangeReversed: { kind: 'rangeReversed' },
  addressOfThisMachine: { kind: 'addressOfThisMachine' },
  secretsHidden: { kind: 'secretsHidden' },
  notACanaryPath: { kind: 'notACanaryPath' },
  noChannelYet: { kind: 'noChannelYet' },
  notANamingTemplate: { kind: 'notANamingTemplate', part: 'xyz' },
  notATemplate: { kind: 'notATemplate', said: 'xyz: zyx' },
  notSuchAs: { kind: 'notSuchAs', example: 'smtp://mail.example.org:587' },
  notARule: { kind: 'notARule', part: 'BYDAY=XX' },
  givenTwice: { kind: 'givenTwice', name: 'xyz' },
  notHere: { kind: 'notHere' },
  noneGiven: { kind: 'noneGiven', oneOf: words },
  nestedTooDeep: { kind: 'nestedTooDeep' },
  noSuchName: { kind: 'noSuchName', text: 'xyz', ...meant },
  tooManyValues: { kind: 'tooManyValues', count: 3e6, most: 2e6 },
  notAPattern: { kind: 'notAPattern', text: '~(' },
  patternUnsupported: { kind: 'patternUnsupported', text: '~(?=x)' },
  expressionsTooLong: { kind: 'expressionsTooLong', most: 30_000 },
  patternTooLarge: { kind: 'patternTooLarge', text: '~.{999}' },
  notAnId: { kind: 'notAnId' },
  noSuchRule: { kind: 'noSuchRule', text: 'streamGon', ...meant },
  clearOnWrongSide: { kind: 'clearOnWrongSide', side: 'below', limit: 500 },
  levelsOutOfOrder: { kind: 'levelsOutOfOrder' },
  remedyUnfit: { kind: 'remedyUnfit', act: 'kickPublisher' },
  noSuchForm: { kind: 'noSuchForm' },
  scopeUnfit: { kind: 'scopeUnfit', metric: 'host.cpu', of: 'device' },
}
/** Keys, values and names of the configuration, written as they are typed. */
const typed = new Set(
  'Alias Merge examId timestamp camera quality hd sd api ftp keyFile local true false SHA hex AB CD noc ssh listen https example org ms ISO xyz HTTP OK MB GB PEM Id id ID stehen from path bitrateIn disk net eth0 eth gpu user pub token step Text Id Hex Tags Tag Tokens Header Parameter'.split(
    ' ',
  ),
)

describe.each(languages)('what is wrong with a value, in %s', (language) => {
  it('has words for each kind', () => {
    const more: readonly ValidationError[] = [
      { ...samples.unknownKey, meant: null },
      { ...samples.noSuchName, meant: null, known: [] },
      ...(['text', 'object', 'number', 'boolean'] as const).map((type) => ({ kind: 'notOfType', type }) as const),
    ]
    for (const validationError of [...Object.values(samples), ...more])
      expectSentence(validationError.kind, (tag) => `xyz: ${validationErrorText(validationError, tag).replace(' .pub', ' pub')}`, language, [
        validationError,
        ...typed,
      ])
  })
})

it('a mistake goes through a check of zod and is found again; what zod says by itself is a kind too', () => {
  for (const validationError of Object.values(samples)) {
    expect(validationErrorSchema.parse(validationError)).toEqual(validationError)
    expect(validationErrorOf({ message: invalid(validationError) })).toEqual(validationError)
  }
  expect(validationErrorOf({ code: 'invalid_type', expected: 'array', message: 'Invalid input: expected array, received string' })).toEqual({
    kind: 'notOfType',
    type: 'list',
  })
  expect(
    validationErrorOf({ code: 'invalid_type', expected: 'string', path: ['a', 'b'], message: 'Invalid input: expected string, received undefined' }),
  ).toEqual({
    kind: 'missing',
    key: 'b',
  })
  const range = z.object({
    page: z.coerce.number().int().min(1).max(9),
    name: z.string().min(1).max(3),
    all: z.array(z.string()).min(1).max(2),
  })
  const validationErrorsIn = (value: object) => range.safeParse(value).error?.issues.map(validationErrorOf)
  expect(validationErrorsIn({ page: '0', name: '', all: [] })).toEqual([{ kind: 'tooSmall', least: 1 }, { kind: 'empty' }, { kind: 'empty' }])
  expect(validationErrorsIn({ page: '10', name: 'long', all: ['a', 'b', 'c'] })).toEqual([
    { kind: 'tooLarge', most: 9 },
    { kind: 'tooLong', most: 3 },
    { kind: 'tooManyAtOnce', most: 2 },
  ])
  expect(validationErrorsIn({ page: '1.5', name: 'a', all: ['a'] })).toEqual([{ kind: 'notWhole' }])
  expect(validationErrorOf({ code: 'too_big', message: 'Too big: expected string to have <=300 characters' })).toMatchObject({ kind: 'said' })
  expect(seriesSchema.safeParse({ serverId: 'server-abc123', path: '', metric: 'path.bitrateIn' }).error?.issues.map(validationErrorOf)).toEqual([
    { kind: 'missing', key: 'path' },
  ])
  expect(seriesSchema.safeParse({ subject: { kind: 'fleet' } }).error?.issues.map(validationErrorOf)).toEqual([{ kind: 'noSuchForm' }])
  // Of several forms: what the nearest one lacks.
  const stream = z.union([z.object({ use: z.string(), serverId: z.string(), path: z.string() }), z.object({ use: z.string(), address: z.string() })])
  expect(stream.safeParse({ serverId: 'a', path: 'b' }).error?.issues.map(validationErrorOf)).toEqual([{ kind: 'missing', key: 'use' }])
  expect(stream.safeParse('a').error?.issues.map(validationErrorOf)).toEqual([{ kind: 'noSuchForm' }])
  expect(validationErrorOf({ message: '{"kind":"onFire"}' })).toEqual({ kind: 'said', text: '{"kind":"onFire"}' })
})

it('a mistake stands behind its place, and holds no password of an address', () => {
  const validationError = validationErrorOf({ message: invalid({ kind: 'notAnAddress', text: 'http://noc:secret@10.0.0.5 x' }) })
  expect(problemText({ at: 'mtxdeck.yaml:5:5', key: 'servers[0].url', validationError }, 'de')).toBe(
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
  expect(JSON.stringify(validationErrorOf({ message: invalid({ kind: 'notAnAddress', text }) }))).not.toMatch(/SEC|RET/)
})

it('of a value without an end a mistake quotes the beginning, at once', () => {
  const text = `${'a'.repeat(500_000)}${':a'.repeat(500_000)}`
  expect(validationErrorOf({ message: invalid({ kind: 'notAnAddress', text }) })).toEqual({ kind: 'notAnAddress', text: 'a'.repeat(1000) })
})
