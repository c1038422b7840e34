import { expect, test } from 'vitest'
import { configurationFindingText } from '../i18n/configurationText.ts'
import { languages } from '../i18n/languages.ts'
import { type ConfigurationFinding, configurationFindingSchema, configurationFindings, type LintedServer, linesThatChange } from './configurationFindings.ts'
import { newestKnownVersion } from './serverVersions.ts'

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

test('what only the machine of the server reaches is not said, and the rest is as loud as ever', () => {
  const listeners = { api: true, metrics: true, pprof: true, apiAddress: '127.0.0.1:9997', metricsAddress: '[::1]:9998', pprofAddress: ':9999' }
  const opened: ConfigurationFinding = { kind: 'anyMayAdminister', actions: ['pprof'] }
  expect(linted({ global: { ...users(any(['api', 'metrics', 'pprof'])), ...listeners } })).toEqual([opened])
  expect(linesThatChange(opened)).toContain('      - action: pprof')
  const authHTTPExclude = ['api', 'metrics', 'pprof'].map((action) => ({ action, path: '' }))
  expect(linted({ global: { authMethod: 'http', authHTTPExclude, ...listeners, pprof: false } })).toEqual([])
  // An address that is not told, or every one.
  for (const apiAddress of [undefined, '', ':9997', '0.0.0.0:9997', '[::]:9997', '127.0.0.1.example.com:9997', 7])
    expect(kindsOf({ global: { ...users(any(['api'])), api: true, apiAddress } })).toEqual(['anyMayAdminister'])
})

test('where the server pulls all of its streams itself, nobody may publish', () => {
  const of = (paths: LintedServer['paths']) => kindsOf({ global: users(any(['publish'])), pathDefaults: { source: 'publisher' }, paths })
  expect(
    of([
      { name: 'cam1', source: 'rtsp://10.0.0.9/1' },
      { name: 'cam2', source: 'redirect' },
    ]),
  ).toEqual([])
  expect(of([{ name: 'cam1', source: 'rtsp://10.0.0.9/1' }, { name: 'all_others' }])).toEqual(['anyMayPublish'])
})

test('networks that hold every address limit nothing, nor does a path where MediaMTX looks at none', () => {
  const open = (user: object) => kindsOf({ global: { ...users(user), api: true } })
  expect(open(any(['api'], { ips: ['0.0.0.0/0', '::/0'] }))).toEqual(['anyMayAdminister'])
  expect(open({ ...any([]), permissions: [{ action: 'api', path: 'guest' }] })).toEqual(['anyMayAdminister'])
})

test('what an authority is never asked about is open to all: up to 1.20.0 MediaMTX has such a list for http from the start', () => {
  const authHTTPExclude = ['api', 'metrics', 'pprof'].map((action) => ({ action, path: '' }))
  const http = { authMethod: 'http', authHTTPExclude, api: true, metrics: false, pprof: true }
  const finding: ConfigurationFinding = { kind: 'neverAsked', setting: 'authHTTPExclude', actions: ['api', 'pprof'] }
  expect(linted({ global: http })).toEqual([finding])
  expect(linesThatChange(finding)).toEqual(['authHTTPExclude: []'])
  expect(linted({ global: { ...http, authMethod: 'internal' } })).toEqual([])
  expect(linted({ global: { ...http, authHTTPExclude: [{ action: 'read', path: 'public' }] } })).toEqual([])
  expect(linted({ global: { authMethod: 'jwt', authJWTExclude: [{ action: 'read', path: '' }] } })).toEqual([
    { kind: 'neverAsked', setting: 'authJWTExclude', actions: ['read'] },
  ])
})

test('recordings that are never deleted are named by their paths, with what the defaults say', () => {
  const paths = [...Array.from({ length: 7 }, (_, n) => ({ name: `cam-${n}` })), { name: 'short', recordDeleteAfter: '1d' }, { name: 'off', record: false }]
  expect(linted({ pathDefaults: { record: true, recordDeleteAfter: '0s' }, paths })).toEqual([
    { kind: 'recordingsKept', paths: ['cam-0', 'cam-1', 'cam-2', 'cam-3', 'cam-4'], count: 7 },
  ])
  // As MediaMTX tells it from 1.11 on.
  expect(linted({ pathDefaults: { record: true, recordDeleteAfter: '' }, paths: [{ name: 'cam' }] })).toEqual([
    { kind: 'recordingsKept', paths: ['cam'], count: 1 },
  ])
})

test('a fault of a version is told of that version only, and of none that is not known', () => {
  const of = (version: string | null, pathDefaults: object = {}) => kindsOf({ version, global: { authMethod: 'internal' }, pathDefaults: { ...pathDefaults } })
  for (const version of ['v1.6.0', 'v1.20.0']) expect(of(version)).toEqual(['passwordsTold'])
  for (const version of [newestKnownVersion, 'v1.21.0', null]) expect(of(version)).toEqual([])
  // A build of one's own may have been mended.
  for (const version of ['a build of my own', 'v0.0.0', 'v1.5.1-12-gabcdef0', 'v1.20.0-rc1']) expect(of(version)).toEqual([])
  // It has a setting of 1.16: it counts otherwise.
  expect(of('v1.2.0', { alwaysAvailable: false })).toEqual([])
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
  const samples = configurationFindingSchema.options.map(
    ({
      shape: {
        kind: { value: kind },
      },
    }): ConfigurationFinding => {
      if (kind === 'anyMayAdminister' || kind === 'anyMayWatch') return { kind, actions: ['api'] }
      if (kind === 'neverAsked') return { kind, setting: 'authHTTPExclude', actions: ['api'] }
      return kind === 'recordingsKept' ? { kind, paths, count: 9 } : { kind }
    },
  )
  for (const finding of samples) {
    const said = languages.map((language) => configurationFindingText(finding, language))
    for (const { what, todo } of said)
      expect([what.length > 5, todo.length > 3, /undefined|\[object/.test(what + todo)], finding.kind).toEqual([true, true, false])
    expect(new Set(said.map(({ what }) => what)).size, finding.kind).toBe(languages.length)
    expect(linesThatChange(finding).every((line) => !line.includes('\t'))).toBe(true)
  }
})

test('lines are such that the server understands: one that does not know a setting or a unit does not start', () => {
  // Up to 1.10 durations have no days.
  expect(linesThatChange({ kind: 'recordingsKept', paths: ['cam'], count: 1 })).toEqual(['pathDefaults:', '  recordDeleteAfter: 168h'])
})
