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
  const laterDefaults = ['1.16.1 defaultChanged udpMaxPayloadSize', '1.18.0 hlsViewersCounted']
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
    'v1.17.1': ['1.18.0 hlsViewersCounted', '1.19.3 defaultChanged pathDefaults.rtspUDPSourcePortRange'],
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

test('a token in an address is refused from 1.18 on, where tokens are used and the file does not say otherwise', () => {
  const jwt = (settings: Settings) => told(upgradeChanges('v1.15.6', configurationOf('v1.15.6', { hls: false, ...settings })))
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
