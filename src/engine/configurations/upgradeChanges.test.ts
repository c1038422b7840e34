import { expect, test } from 'vitest'
import { recorded, recordedVersions } from '../../../tests/fakes/replayServer.ts'
import { packConfiguration, type Settings } from '../../shared/configurationLevels.ts'
import { type UpgradeChange, upgradeChanges } from '../../shared/configurationUpgrades.ts'
import { judgedVersion, newestKnownVersion } from '../../shared/judgedVersion.ts'
import { upgradeChangeText } from '../../shared/words/configurationText.ts'
import { languages } from '../../shared/words/languages.ts'
import { shownConfiguration } from '../servers/shownConfiguration.ts'

type Version = (typeof recordedVersions)[number]
const body = (version: Version, name: string) => recorded(version, '0-empty', name).body as Settings
/** The configuration that a real server told, with settings of its own. */
function configurationOf(version: Version, global: Settings = {}, pathDefaults: Settings = {}, paths: readonly Settings[] = []) {
  const defaults = { ...body(version, 'config-pathdefaults'), ...pathDefaults }
  const steps = packConfiguration({
    global: shownConfiguration({ ...body(version, 'config-global'), ...global }),
    pathDefaults: shownConfiguration(defaults),
    paths: paths.map((path) => shownConfiguration({ ...defaults, ...path })),
  })
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
const told = (changes: readonly UpgradeChange[]) =>
  changes.map((change) => `${change.since} ${change.kind} ${'setting' in change ? change.setting : ''}`.trim())

test('what recorded servers say that nobody set is not taken for a setting', () => {
  const found = Object.fromEntries(recordedVersions.map((version) => [version, told(upgradeChanges(version, configurationOf(version)))]))
  const listeners = ['apiAddress', 'metricsAddress', 'pprofAddress'].map((name) => `1.6.0 defaultChanged ${name}`)
  const laterDefaults = ['1.16.1 defaultChanged udpMaxPayloadSize', '1.18.0 hlsViewersCounted', '1.19.0 moqListens']
  expect(found).toEqual({
    // Their files set the transports of RTSP.
    'v1.3.1': [
      ...listeners,
      '1.6.0 apiNeedsUser',
      '1.8.0 defaultChanged pathDefaults.recordPartDuration',
      '1.10.0 defaultChanged pathDefaults.rpiCameraBitrate',
      '1.11.0 renamed protocols',
      ...laterDefaults,
    ],
    'v1.5.1': [
      ...listeners,
      '1.6.0 apiNeedsUser',
      '1.8.0 defaultChanged pathDefaults.recordPartDuration',
      '1.10.0 defaultChanged pathDefaults.rpiCameraBitrate',
      '1.11.0 renamed protocols',
      ...laterDefaults,
    ],
    'v1.9.3': ['1.10.0 defaultChanged pathDefaults.rpiCameraBitrate', '1.11.0 renamed protocols', ...laterDefaults],
    'v1.15.6': laterDefaults,
    'v1.17.1': ['1.18.0 hlsViewersCounted', '1.19.0 moqListens', '1.19.3 defaultChanged pathDefaults.rtspUDPSourcePortRange'],
    'v1.20.1': [],
  })
})

test('settings that go by another name are found, of the server, of defaults and of paths, hidden ones too', () => {
  const old = configurationOf('v1.9.3', { encryption: 'optional', apiAllowOrigin: 'https://noc.example' }, { runOnReady: 'notify --key secret' }, [
    { name: 'cam1', fallback: '/slate' },
    { name: 'cam2', runOnReady: '' },
  ])
  const changes = upgradeChanges('v1.9.3', old)
  expect(changes.filter(({ kind }) => kind === 'renamed')).toEqual([
    { kind: 'renamed', level: 'global', setting: 'protocols', now: ['rtspTransports'], since: '1.11.0', paths: [], count: 0 },
    { kind: 'renamed', level: 'global', setting: 'encryption', now: ['rtspEncryption'], since: '1.11.0', paths: [], count: 0 },
    { kind: 'renamed', level: 'global', setting: 'apiAllowOrigin', now: ['apiAllowOrigins'], since: '1.15.4', paths: [], count: 0 },
    { kind: 'renamed', level: 'path', setting: 'fallback', now: ['alwaysAvailable'], since: '1.16.0', paths: ['cam1'], count: 1 },
    { kind: 'renamed', level: 'path', setting: 'runOnReady', now: ['runOnAvailable'], since: '1.19.3', paths: [], count: 0 },
  ])
  // A version that has the new name lists the old one only where the file has it, whatever it says.
  expect(told(upgradeChanges(newestKnownVersion, configurationOf('v1.20.1', { encryption: 'no' }, { sourceProtocol: 'automatic' })))).toEqual([
    '1.3.0 renamed sourceProtocol',
    '1.11.0 renamed encryption',
  ])
})

test('a server that does not tell its version is judged by what it lists', () => {
  const { global, ...rest } = configurationOf('v1.9.3')
  expect(told(upgradeChanges(null, { global, ...rest }))).toEqual(told(upgradeChanges('v1.9.3', { global, ...rest })))
  expect(told(upgradeChanges('dev', configurationOf('v1.3.1')))).toEqual(told(upgradeChanges('v1.3.1', configurationOf('v1.3.1'))))
  // A build without a version, and one that counts otherwise.
  for (const version of ['v0.0.0', 'v0.0.0-20260301', 'v1.2.0']) expect(told(upgradeChanges(version, configurationOf('v1.20.1')))).toEqual([])
  // Each recorded version, but for those that brought no setting.
  const judged = { 'v1.3.1': 'v1.3.0', 'v1.9.3': 'v1.9.0', 'v1.17.1': 'v1.17.0' } as Readonly<Record<string, string>>
  for (const one of recordedVersions) expect(judgedVersion('v0.0.0', configurationOf(one))).toBe(judged[one] ?? one)
})

/** What it does not start with, with the paths. */
const refusals = (version: Version, ...of: readonly [Settings?, Settings?, (readonly Settings[])?]) =>
  upgradeChanges(version, configurationOf(version, ...of)).flatMap((change) =>
    change.kind === 'refused' ? [[change.since, change.said, ...change.paths].join(' ')] : [],
  )

test('what a newer version does not start with comes first, as that version says it', () => {
  const dotted = [{ name: 'au:scanner.au' }, { name: 'a~b' }, { name: 'a/../b' }, { name: '~^live/.+:x$' }, { name: 'all_others' }, { name: 'a/b.c_d-e' }]
  expect(refusals('v1.15.6', {}, {}, dotted)).toEqual([
    "1.17.1 invalid path name: can't contain dot path segments a/../b",
    '1.17.1 invalid path name: can contain only alphanumeric characters, underscore, dot, minus, slash au:scanner.au a~b',
  ])
  expect(told(upgradeChanges('v1.15.6', configurationOf('v1.15.6', { encryption: 'no' }, {}, dotted))).slice(0, 3)).toEqual([
    '1.17.1 refused',
    '1.17.1 refused',
    '1.11.0 renamed encryption',
  ])
  // The newest takes what it runs with.
  expect(refusals('v1.20.1', { writeQueueSize: 0 }, {}, dotted)).toEqual([])
  expect(refusals('v1.17.1', {}, {}, dotted)).toEqual([])
})

test('of the server, timeouts of nothing, users, addresses and lists without a value, and ports that MoQ takes are refused', () => {
  const any = { user: 'any', pass: 'secret', ips: [], permissions: [] }
  const users = [any, { ...any, user: '', pass: '' }]
  expect(refusals('v1.9.3', { authInternalUsers: users, rtspAuthMethods: [], writeQueueSize: 0 })).toEqual([
    '1.12.0 empty usernames are not supported',
    "1.12.0 using a password with 'any' user is not supported",
    "1.12.0 at least one 'rtspAuthMethods' must be provided",
    "1.16.3 'writeQueueSize' must be greater than zero",
  ])
  expect(refusals('v1.9.3', { authMethod: 'http', authInternalUsers: users })).toEqual([])
  expect(refusals('v1.5.1', { readTimeout: '0s', writeTimeout: '0s' })).toHaveLength(2)
  const nowhere = { apiAddress: '', metricsAddress: '', hlsAddress: '', rtmpAddress: '', rtspsAddress: '', rtpAddress: '' }
  expect(refusals('v1.15.6', { ...nowhere, api: true, metrics: false, rtmp: false, rtspTransports: ['udp', 'tcp'] })).toEqual([
    "1.16.0 'apiAddress' must be set",
    "1.16.0 'hlsAddress' must be set",
    "1.16.0 'rtpAddress' must be set",
  ])
  expect(refusals('v1.15.6', { rtspTransports: ['tcp', 'multicast'], multicastIPRange: '' })).toEqual(["1.16.0 'multicastIPRange' must be set"])
  expect(refusals('v1.15.6', { rtspEncryption: 'optional', rtspsAddress: '' })).toEqual(["1.16.0 'rtspsAddress' must be set"])
  expect(refusals('v1.15.6', { webrtcAdditionalHosts: null }, {}, [{ name: 'cam', rpiCameraAWBGains: null }])).toEqual([
    '1.16.0 cannot set slice "webrtcAdditionalHosts" to nil',
    '1.16.0 cannot set slice "rpiCameraAWBGains" to nil cam',
  ])
  expect(refusals('v1.15.6', { hlsAddress: '127.0.0.1:8892', srtAddress: ':8893' })).toEqual([
    '1.19.0 listen tcp :8892: bind: address already in use',
    '1.20.0 listen udp :8893: bind: address already in use',
  ])
  expect(refusals('v1.15.6', { metrics: false, metricsAddress: ':8892' })).toEqual([])
})

test('of paths, recordings, redirects, cameras of a Raspberry Pi and what is always available are refused, by the defaults too', () => {
  expect(
    refusals('v1.9.3', {}, { recordDeleteAfter: '30m' }, [
      { name: 'a' },
      { name: 'b', recordDeleteAfter: '1d' },
      { name: 'c', recordSegmentDuration: '48h', recordDeleteAfter: '72h' },
    ]),
  ).toEqual(['1.11.0 maximum segment duration is 1 day c', "1.12.0 'recordDeleteAfter' cannot be lower than 'recordSegmentDuration' a"])
  expect(
    refusals('v1.9.3', { playback: true }, {}, [
      { name: 'a', recordPath: './%Y-%m-%d' },
      { name: 'b', recordPath: './%path/%s' },
    ]),
  ).toEqual([
    "1.12.0 'recordPath' must contain %path a",
    "1.12.0 'recordPath' must contain either %s or %Y %m %d %H %M %S a",
    "1.12.0 'recordPath' must contain %f a b",
  ])
  expect(
    refusals('v1.9.3', {}, {}, [
      { name: 'a', sourceRedirect: '/b' },
      { name: 'b', source: 'redirect', sourceRedirect: '/a' },
    ]),
  ).toEqual(["1.12.0 'sourceRedirect' is useless when source is not 'redirect' a"])
  const camera = { source: 'rpiCamera', rpiCameraProfile: 'main', rpiCameraLevel: '4.1' }
  expect(
    refusals('v1.9.3', {}, {}, [
      { name: 'a', ...camera, rpiCameraWidth: 0 },
      { name: 'b', ...camera, rpiCameraLevel: '5.1' },
      { name: 'c', ...camera },
    ]),
  ).toEqual(["1.12.0 invalid 'rpiCameraWidth' or 'rpiCameraHeight' value a", "1.14.0 invalid 'rpiCameraHardwareH264Level' value b"])
  const jpeg = { source: 'rpiCamera', rpiCameraCodec: 'mjpeg', rpiCameraWidth: 1_300, rpiCameraHeight: 720 }
  expect(
    refusals('v1.17.1', {}, {}, [
      { name: 'a', ...jpeg },
      { name: 'b', ...jpeg, rpiCameraWidth: 1_280 },
      { name: 'c', ...jpeg, source: 'publisher' },
    ]),
  ).toEqual(["1.20.1 'rpiCameraWidth' and 'rpiCameraHeight' must be a multiple of 8 and less than 2048 when using MJPEG a"])
  const slow = [{ codec: 'H264' }, { codec: 'MPEG4Audio', sampleRate: 16_000, channelCount: 1 }]
  expect(refusals('v1.17.1', {}, {}, [{ name: 'a', alwaysAvailable: true, alwaysAvailableTracks: slow }])).toEqual([
    '1.20.1 sampleRate must be greater than or equal to 22050 (MPEG4Audio) or 8000 (G711, LPCM) a',
  ])
})

test('a source with a user may lack the password, which nobody sees here; streams of other names are not let in', () => {
  const paths = [
    { name: 'a', source: 'rtsp://bob@10.0.0.1/x' },
    { name: 'b', source: 'rtsp://10.0.0.1/x' },
  ]
  const of = upgradeChanges('v1.15.6', configurationOf('v1.15.6', {}, {}, [...paths, { name: 'c:d' }]), ['a', 'c:d', 'e:f'])
  expect(of.filter(({ kind }) => kind === 'sourcesNeedPasswords' || kind === 'namesRefused')).toEqual([
    { kind: 'sourcesNeedPasswords', since: '1.19.1', paths: ['a'], count: 1 },
    { kind: 'namesRefused', since: '1.17.1', paths: ['e:f'], count: 1 },
  ])
})

test('an API that the server for authentication was never asked about asks it from 1.20.1 on', () => {
  const http = (version: Version, settings: Settings) => told(upgradeChanges(version, configurationOf(version, settings))).includes('1.20.1 apiAsksServer')
  const excluded = (...actions: readonly string[]) => ({ authMethod: 'http', authHTTPExclude: actions.map((action) => ({ action, path: '' })) })
  expect(http('v1.17.1', excluded('api', 'metrics', 'pprof'))).toBe(true)
  expect(http('v1.5.1', { externalAuthenticationURL: 'http://auth.example/ask' })).toBe(true)
  expect(http('v1.17.1', excluded('api'))).toBe(false)
  expect(http('v1.17.1', { ...excluded('api', 'metrics', 'pprof'), authMethod: 'internal' })).toBe(false)
  expect(http('v1.20.1', excluded('api', 'metrics', 'pprof'))).toBe(false)
})

test('nothing is said of a server that is newer than what mtxdeck knows', () => {
  expect(upgradeChanges('v1.21.3', configurationOf('v1.20.1', { encryption: 'no' }))).toEqual([])
})

test('a token in an address is refused from 1.18 on, where tokens are used and the file does not say otherwise', () => {
  const jwt = (settings: Settings) =>
    told(upgradeChanges('v1.15.6', configurationOf('v1.15.6', { hls: false, ...settings }))).filter((one) => one !== '1.19.0 moqListens')
  expect(jwt({ authMethod: 'jwt' })).toContain('1.18.0 jwtQueryOff')
  expect(jwt({ authMethod: 'jwt', authJWTInHTTPQuery: false })).toEqual(['1.16.1 defaultChanged udpMaxPayloadSize', '1.18.0 goes authJWTInHTTPQuery'])
  expect(jwt({})).toEqual(['1.16.1 defaultChanged udpMaxPayloadSize'])
})

test('each is told in each language, with what it is about', () => {
  const where = { level: 'path' as const, setting: 'playback', since: '1.7.0', paths: ['cam1', 'cam2'], count: 7 }
  const samples: readonly UpgradeChange[] = [
    { kind: 'renamed', ...where, now: ['one', 'two'] },
    { kind: 'goes', ...where },
    { kind: 'noEffect', ...where, paths: [], count: 0 },
    { kind: 'defaultChanged', setting: 'udpMaxPayloadSize', since: '1.16.1', before: '1472', after: '1452' },
    { kind: 'refused', since: '1.17.1', said: 'invalid path name', paths: ['cam1', 'cam2'], count: 7 },
    { kind: 'sourcesNeedPasswords', since: '1.19.1', paths: ['cam1', 'cam2'], count: 7 },
    { kind: 'namesRefused', since: '1.17.1', paths: ['cam1', 'cam2'], count: 7 },
    { kind: 'apiAsksServer', since: '1.20.1' },
    { kind: 'moqListens', since: '1.19.0' },
    { kind: 'apiNeedsUser', since: '1.6.0' },
    { kind: 'jwtQueryOff', since: '1.18.0' },
    { kind: 'hlsViewersCounted', since: '1.18.0' },
  ]
  for (const change of samples) {
    const texts = languages.map((language) => upgradeChangeText(change, language))
    expect(new Set(texts).size).toBe(languages.length)
    for (const text of texts) {
      expect(text).toContain(change.since)
      if ('setting' in change) expect(text).toContain(change.setting)
      if ('paths' in change && change.count > 0) expect(text).toMatch(/cam1.*cam2.*5|cam1.*cam2.*7/)
    }
  }
})
