import { expect, test } from 'vitest'
import { type ConfigurationFinding, configurationFindings, configurationLines, configurationRisks, type LintedServer } from './configurationFindings.ts'
import { configurationFindingWords } from './words/configurationText.ts'
import { languages } from './words/languages.ts'

const users = (...all: readonly object[]) => ({ authMethod: 'internal', authInternalUsers: all })
const any = (actions: readonly string[], more: object = {}) => ({
  user: 'any',
  pass: '',
  ips: [],
  permissions: actions.map((action) => ({ action, path: '' })),
  ...more,
})
const linted = (of: Partial<LintedServer>): ConfigurationFinding[] =>
  configurationFindings({ version: 'v1.21.3', global: {}, pathDefaults: {}, paths: [], ...of })
const kindsOf = (of: Partial<LintedServer>) => linted(of).map(({ kind }) => kind)

test('a configuration that nothing is known of, and one that is as it should be, have no findings', () => {
  expect(linted({})).toEqual([])
  expect(
    linted({
      global: {
        ...users({ user: 'noc', pass: '<redacted>', ips: [], permissions: [{ action: 'api', path: '' }] }),
        api: true,
        apiAllowOrigins: [],
        playback: true,
      },
      pathDefaults: { maxReaders: 50, overridePublisher: false, record: true, recordDeleteAfter: '1d' },
      paths: [{ name: 'cam' }],
    }),
  ).toEqual([])
})

test('the configuration that MediaMTX comes with lets anyone publish and watch, and only its own machine administer', () => {
  const own = any(['api', 'metrics', 'pprof'], { ips: ['127.0.0.1', '::1'] })
  const global = { ...users(any(['publish', 'read', 'playback']), own), api: true, apiAllowOrigins: ['*'], metrics: false, metricsAllowOrigins: ['*'] }
  expect(linted({ global, pathDefaults: { overridePublisher: true, maxReaders: 0 } })).toEqual([
    { kind: 'anyMayPublish' },
    { kind: 'anyMayWatch', actions: ['read', 'playback'] },
    { kind: 'anyWebsite', settings: ['apiAllowOrigins'] },
    { kind: 'takeover' },
    { kind: 'noReaderLimit' },
  ])
})

test('an API open to all is the worst; a password, an address or a path that it is limited to is somebody’s intention', () => {
  const open = (user: object) => kindsOf({ global: { ...users(user), api: true, pprof: false } })
  expect(linted({ global: { ...users(any(['api', 'pprof', 'publish'])), api: true, pprof: false } })[0]).toEqual({ kind: 'anyMayAdminister', actions: ['api'] })
  expect(open(any(['api'], { pass: '<redacted>' }))).toEqual([])
  expect(open(any(['api'], { ips: ['10.0.0.0/8'] }))).toEqual([])
  expect(open({ ...any([]), permissions: [{ action: 'publish', path: 'guest' }] })).toEqual([])
  expect(kindsOf({ global: { ...users(any(['api'])), authMethod: 'jwt', api: true } })).toEqual([])
})

test('recordings that are never deleted, and slates that are recorded, are named by their paths, with what the defaults say', () => {
  const paths = [...Array.from({ length: 7 }, (_, n) => ({ name: `cam-${n}` })), { name: 'short', recordDeleteAfter: '1d' }, { name: 'off', record: false }]
  expect(linted({ pathDefaults: { record: true, recordDeleteAfter: '0s' }, paths })).toEqual([
    { kind: 'recordingsKept', paths: ['cam-0', 'cam-1', 'cam-2', 'cam-3', 'cam-4'], count: 7 },
  ])
  const slate = { name: 'slate', record: true, recordDeleteAfter: '1d', alwaysAvailable: true }
  expect(linted({ paths: [slate, { ...slate, name: 'without', alwaysAvailableRecorded: false }] })).toEqual([
    { kind: 'slateRecorded', paths: ['slate'], count: 1 },
  ])
})

test('faults of a version are told of that version only, and of none that is not known', () => {
  const global = { authMethod: 'jwt', playback: true }
  const paths = [{ name: 'cam', forward: [{ url: 'rtmp://example/live' }] }]
  const of = (version: string | null) => kindsOf({ version, global, paths })
  expect(of('v1.5.1')).toEqual(['passwordsTold', 'endedByRequest', 'playbackOpen', 'slowKeys', 'forwardsRestarted'])
  expect(of('v1.20.0')).toEqual(['passwordsTold', 'playbackOpen', 'slowKeys', 'forwardsRestarted'])
  expect(of('v1.21.2')).toEqual(['forwardsRestarted'])
  expect(of('v1.21.3')).toEqual([])
  expect(of(null)).toEqual([])
  expect(of('a build of my own')).toEqual([])
})

test('what a server sends of another form is not judged, and harms nothing', () => {
  const global = { authInternalUsers: 'x', apiAllowOrigins: 7, api: true, playback: 'yes', authMethod: 7 }
  expect(
    linted({
      global,
      pathDefaults: { maxReaders: '0', forward: null },
      paths: [
        { name: 7, record: true },
        { name: 'a', record: 'yes' },
      ],
    }),
  ).toEqual([])
})

test('every finding has words in each language, and lines where lines change it', () => {
  const paths = ['cam-1', 'cam-2']
  const samples: readonly ConfigurationFinding[] = (Object.keys(configurationRisks) as readonly ConfigurationFinding['kind'][]).map((kind) => {
    if (kind === 'anyMayAdminister' || kind === 'anyMayWatch') return { kind, actions: ['api'] }
    if (kind === 'anyWebsite') return { kind, settings: ['apiAllowOrigins'] }
    return kind === 'recordingsKept' || kind === 'slateRecorded' ? { kind, paths, count: 9 } : { kind }
  })
  for (const finding of samples) {
    const said = languages.map((language) => configurationFindingWords(finding, language))
    for (const { what, todo } of said)
      expect([what.length > 5, todo.length > 3, /undefined|\[object/.test(what + todo)], finding.kind).toEqual([true, true, false])
    expect(new Set(said.map(({ what }) => what)).size, finding.kind).toBe(languages.length)
    expect(configurationLines[finding.kind].every((line) => !line.includes('\t'))).toBe(true)
  }
})
