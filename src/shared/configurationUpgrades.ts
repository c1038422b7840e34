import { z } from 'zod'
import { meaningOf, type PackedConfiguration, type Settings, settingTexts, topOf } from './configurationLevels.ts'
import { refusalsOf, whyNameRefused } from './configurationRefusals.ts'
import { isBefore, judgedVersion, newestKnownVersion } from './judgedVersion.ts'

// Effects of upgrading a media server on its existing configuration. Taken from MediaMTX's sources at their tags (`internal/conf/conf.go`,
// `path.go`: fields, `deprecated:"true"`, `setDefaults`), from v1.0.0 to v1.20.1. v1.20.1 still reads old names, and logs that.

type Level = 'global' | 'path'
interface OldName {
  readonly level: Level
  readonly setting: string
  /** Replacement settings; empty: none. */
  readonly now: readonly string[]
  readonly since: string
  /** Value when unset, in versions that list it anyway; several if it differs between versions. */
  readonly unset: readonly string[]
  /** It is accepted but has no effect. */
  readonly noEffect?: true
}

const old = (level: Level, since: string, setting: string, now: string, ...unset: readonly string[]): OldName => ({
  ...{ level, since, setting, unset },
  now: now.split(' ').filter(Boolean),
})
/** Renamed or removed settings. Those from before 1.3 are omitted, as hardly anybody runs such versions. */
const oldNames: readonly OldName[] = [
  old('global', '1.3.0', 'webrtcICEUDPMuxAddress', 'webrtcLocalUDPAddress', '""'),
  old('global', '1.3.0', 'webrtcICETCPMuxAddress', 'webrtcLocalTCPAddress', '""'),
  old('global', '1.3.0', 'webrtcICEHostNAT1To1IPs', 'webrtcAdditionalHosts', '[]'),
  old('path', '1.3.0', 'sourceProtocol', 'rtspTransport', 'automatic'),
  old('path', '1.3.0', 'sourceAnyPortEnable', 'rtspAnyPort', 'false'),
  old('global', '1.6.0', 'externalAuthenticationURL', 'authMethod authHTTPAddress', '""'),
  old('global', '1.6.0', 'authMethods', 'rtspAuthMethods', '[basic]'),
  ...['publishUser', 'publishPass', 'readUser', 'readPass'].map((name) => old('path', '1.6.0', name, 'authInternalUsers', '""')),
  ...['publishIPs', 'readIPs'].map((name) => old('path', '1.6.0', name, 'authInternalUsers', '[]')),
  { ...old('path', '1.7.0', 'playback', '', 'true'), noEffect: true },
  old('global', '1.11.0', 'protocols', 'rtspTransports', '[udp, multicast, tcp]'),
  old('global', '1.11.0', 'encryption', 'rtspEncryption', 'no'),
  // The name of the key file is unknown here: it is reported with the certificate.
  old('global', '1.11.0', 'serverCert', 'rtspServerCert rtspServerKey', 'server.crt'),
  old('path', '1.14.0', 'rpiCameraProfile', 'rpiCameraH264Profile', 'main'),
  old('path', '1.14.0', 'rpiCameraLevel', 'rpiCameraH264Level', '4.1'),
  old('path', '1.14.0', 'rpiCameraJPEGQuality', 'rpiCameraMJPEGQuality', '60'),
  ...['api', 'metrics', 'pprof', 'playback', 'hls', 'webrtc'].map((door) => old('global', '1.15.4', `${door}AllowOrigin`, `${door}AllowOrigins`, '*')),
  old('global', '1.15.4', 'rtspUDPReadBufferSize', 'udpReadBufferSize', '0'),
  ...['rtspUDPReadBufferSize', 'mpegtsUDPReadBufferSize', 'rtpUDPReadBufferSize'].map((name) => old('path', '1.15.4', name, 'udpReadBufferSize', '0')),
  old('path', '1.16.0', 'fallback', 'alwaysAvailable', '""'),
  old('global', '1.18.0', 'authJWTInHTTPQuery', '', 'true'),
  old('global', '1.19.1', 'moqHTTPS2Address', 'moqHTTP2Address', ':8892'),
  old('global', '1.19.1', 'moqHTTPS3Address', 'moqHTTP3Address', ':8892'),
  old('path', '1.19.2', 'rpiCameraHardwareH264Profile', 'rpiCameraH264Profile', 'main'),
  old('path', '1.19.2', 'rpiCameraHardwareH264Level', 'rpiCameraH264Level', '4.1'),
  old('path', '1.19.2', 'rpiCameraSoftwareH264Profile', 'rpiCameraH264Profile', 'baseline'),
  old('path', '1.19.2', 'rpiCameraSoftwareH264Level', 'rpiCameraH264Level', '4.1'),
  old('path', '1.19.3', 'runOnReady', 'runOnAvailable', '""'),
  old('path', '1.19.3', 'runOnReadyRestart', 'runOnAvailableRestart', 'false'),
  old('path', '1.19.3', 'runOnNotReady', 'runOnUnavailable', '""'),
]

interface NewDefault {
  readonly level: Level
  readonly setting: string
  readonly since: string
  readonly before: string
  readonly after: string
}
/** Changed defaults. */
const newDefaults: readonly NewDefault[] = [
  { level: 'global', setting: 'apiAddress', since: '1.6.0', before: '127.0.0.1:9997', after: ':9997' },
  { level: 'global', setting: 'metricsAddress', since: '1.6.0', before: '127.0.0.1:9998', after: ':9998' },
  { level: 'global', setting: 'pprofAddress', since: '1.6.0', before: '127.0.0.1:9999', after: ':9999' },
  { level: 'path', setting: 'recordPartDuration', since: '1.8.0', before: '100ms', after: '1s' },
  { level: 'path', setting: 'rpiCameraBitrate', since: '1.10.0', before: '1000000', after: '5000000' },
  { level: 'global', setting: 'udpMaxPayloadSize', since: '1.16.1', before: '1472', after: '1452' },
  { level: 'path', setting: 'rtspUDPSourcePortRange', since: '1.19.3', before: '[10000, 65535]', after: '[32768, 60999]' },
]

const paths = { paths: z.array(z.string()), count: z.number().int() }
export const upgradeChangeSchema = z.discriminatedUnion('kind', [
  /** It ends as it starts. `said`: what it says then. Of `count` paths, some of which are listed; 0: of the server. */
  z.object({ kind: z.literal('refused'), since: z.string(), said: z.string(), ...paths }),
  /** It ends as it starts if one of these sources has a user without a password, or a password without a user: both are hidden from us. */
  z.object({ kind: z.literal('sourcesNeedPasswords'), since: z.string(), ...paths }),
  /** Streams that it does not let in, by their names, which no path of the configuration has. */
  z.object({ kind: z.literal('namesRefused'), since: z.string(), ...paths }),
  /** Renamed in `since`. `level` path: set in the path defaults, or in `count` paths, some of which are listed. */
  z.object({ kind: z.literal('renamed'), level: z.enum(['global', 'path']), setting: z.string(), now: z.array(z.string()), since: z.string(), ...paths }),
  /** Removed or deprecated without a replacement. */
  z.object({ kind: z.literal('goes'), level: z.enum(['global', 'path']), setting: z.string(), since: z.string(), ...paths }),
  z.object({ kind: z.literal('noEffect'), level: z.enum(['global', 'path']), setting: z.string(), since: z.string(), ...paths }),
  /** It has the value of the old default. Whether the file sets it explicitly is unknown. */
  z.object({ kind: z.literal('defaultChanged'), setting: z.string(), since: z.string(), before: z.string(), after: z.string() }),
  /** Before `since`, the API requires no password; from then on, it is only accessible from the server itself unless users are configured. */
  z.object({ kind: z.literal('apiNeedsUser'), since: z.string() }),
  /** From `since` on, `authHTTPExclude` is empty: API, metrics and pprof are left to the server that authenticates. */
  z.object({ kind: z.literal('apiAsksServer'), since: z.string() }),
  /** From `since` on, it listens for MoQ without being asked to, on ports that it does not start without. */
  z.object({ kind: z.literal('moqListens'), since: z.string() }),
  /** From `since` on, a token in the query of an HTTP address (`?jwt=`) is not accepted unless `authJWTInHTTPQuery` allows it. */
  z.object({ kind: z.literal('jwtQueryOff'), since: z.string() }),
  /** From `since` on, each HLS viewer is listed and counted. */
  z.object({ kind: z.literal('hlsViewersCounted'), since: z.string() }),
])
export type UpgradeChange = z.infer<typeof upgradeChangeSchema>
export type UpgradeChangeKind = UpgradeChange['kind']

const mostNamed = 5
const firstOf = (names: readonly string[]) => ({ paths: names.slice(0, mostNamed), count: names.length })
/** Those that keep it from starting. */
const stops: ReadonlySet<UpgradeChangeKind> = new Set(['refused', 'sourcesNeedPasswords'])
const sameList = (value: string, unset: string): boolean =>
  unset.startsWith('[') && value.startsWith('[') && value.slice(1, -1).split(', ').sort().join() === unset.slice(1, -1).split(', ').sort().join()
const isUnset = ({ unset }: OldName, value: string): boolean => unset.some((one) => meaningOf(one) === meaningOf(value) || sameList(value, one))

/** Text of a setting; '…' if only its parts (of a list of objects) are present. */
function textOf(texts: ReadonlyMap<string, string>, setting: string): string | undefined {
  const whole = texts.get(setting)
  if (whole !== undefined) return whole
  return [...texts.keys()].some((one) => topOf(one) === setting) ? '…' : undefined
}

/** What up to 1.20.0 the server that authenticates is not asked about, unless the file says otherwise. */
const excludedOnce = 'api metrics pprof'
const isOnceExcluded = (list: unknown): boolean => Array.isArray(list) && list.map((one: Settings | null) => one?.action).join(' ') === excludedOnce

/**
 * What changes for this configuration in the newest known version: first what it does not start with, then by version. `version`: what the server runs, such as `v1.9.3`. An unknown
 * version (servers report it since 1.15.2) is estimated from the settings that it lists, so some reported changes may already have happened. `listed`: names of the streams that the server has now.
 */
export function upgradeChanges(version: string | null, configuration: PackedConfiguration, listed: readonly string[] = []): readonly UpgradeChange[] {
  const from = judgedVersion(version, configuration)
  if (isBefore(newestKnownVersion, from.replace(/^v/, '').replace(/[-+].*/, ''))) return []
  const global = settingTexts(configuration.global)
  const defaults = settingTexts(configuration.pathDefaults)
  const ofPaths = configuration.paths.map(({ name, own }) => ({ name, texts: settingTexts(own) }))
  const refusals = refusalsOf(configuration).filter(({ since }) => isBefore(from, since))
  const found: UpgradeChange[] = refusals.map(({ since, said, paths }) => ({ kind: 'refused', since, said, ...firstOf(paths) }))
  const credentials = configuration.paths.filter(({ own }) => typeof own.source === 'string' && own.source.includes('***@')).map(({ name }) => name)
  if (isBefore(from, '1.19.1') && credentials.length > 0) found.push({ kind: 'sourcesNeedPasswords', since: '1.19.1', ...firstOf(credentials) })
  const names = listed.filter((name) => whyNameRefused(name) !== null && !configuration.paths.some((path) => path.name === name))
  if (isBefore(from, '1.17.1') && names.length > 0) found.push({ kind: 'namesRefused', since: '1.17.1', ...firstOf(names) })
  for (const row of oldNames) {
    const { level, setting, since, now } = row
    // Versions with the new name list the old one only if it is set.
    const isUsed = (value: string | undefined) => value !== undefined && (!isBefore(from, since) || !isUnset(row, value))
    const inDefaults = isUsed(textOf(level === 'global' ? global : defaults, setting))
    const named = level === 'global' ? [] : ofPaths.filter(({ texts }) => isUsed(textOf(texts, setting))).map(({ name }) => name)
    if (!inDefaults && named.length === 0) continue
    const where = { level, setting, since, paths: inDefaults ? [] : named.slice(0, mostNamed), count: inDefaults ? 0 : named.length }
    found.push(row.noEffect ? { kind: 'noEffect', ...where } : now.length === 0 ? { kind: 'goes', ...where } : { kind: 'renamed', now: [...now], ...where })
  }
  for (const { level, setting, since, before, after } of newDefaults)
    if (isBefore(from, since) && meaningOf((level === 'global' ? global : defaults).get(setting) ?? null) === meaningOf(before))
      found.push({ kind: 'defaultChanged', setting: level === 'global' ? setting : `pathDefaults.${setting}`, since, before, after })
  if (isBefore(from, '1.6.0') && global.get('api') === 'true') found.push({ kind: 'apiNeedsUser', since: '1.6.0' })
  if (isBefore(from, '1.18.0') && global.get('authMethod') === 'jwt' && global.get('authJWTInHTTPQuery') !== 'false')
    found.push({ kind: 'jwtQueryOff', since: '1.18.0' })
  if (isBefore(from, '1.18.0') && global.get('hls') === 'true') found.push({ kind: 'hlsViewersCounted', since: '1.18.0' })
  if (isBefore(from, '1.19.0') && !refusals.some(({ said }) => said.startsWith('listen '))) found.push({ kind: 'moqListens', since: '1.19.0' })
  const { authMethod, authHTTPExclude, externalAuthenticationURL } = configuration.global
  if (isBefore(from, '1.20.1') && (externalAuthenticationURL || (authMethod === 'http' && isOnceExcluded(authHTTPExclude))))
    found.push({ kind: 'apiAsksServer', since: '1.20.1' })
  const rank = ({ kind, since }: UpgradeChange) => since.split('.').reduce((sum, part) => sum * 1_000 + Number(part), 0) + (stops.has(kind) ? 0 : 1_000_000_000)
  return found.sort((a, b) => rank(a) - rank(b))
}
