import type { PackedConfiguration, Settings } from './configurationLevels.ts'
import { goDurationMs } from './goDuration.ts'

// Configurations that a version of MediaMTX runs with and a newer one ends at once with, found by comparing what each pair of tags from v1.3.0 to v1.20.1
// validates (`internal/conf`). No setting of any of these versions is unknown to v1.20.1.

/** `said`: what the newer version says as it ends. `paths`: of which paths; none: of the server. */
export interface Refusal {
  readonly since: string
  readonly said: string
  readonly paths: readonly string[]
}

/** The listeners that are on, by the setting of their address. */
function listenersOf(global: Settings): readonly (readonly [setting: string, protocol: 'tcp' | 'udp'])[] {
  const encryption = global.rtspEncryption ?? global.encryption
  const transports = global.rtspTransports ?? global.protocols
  const overUdp = Array.isArray(transports) && transports.includes('udp')
  const plain = global.rtsp === true && encryption !== 'strict'
  const secure = global.rtsp === true && encryption !== 'no' && encryption !== undefined
  const all: readonly (readonly [boolean, string, 'tcp' | 'udp'])[] = [
    ...['api', 'metrics', 'pprof', 'playback', 'rtmp', 'hls', 'webrtc'].map((name) => [global[name] === true, `${name}Address`, 'tcp'] as const),
    [plain, 'rtspAddress', 'tcp'],
    [plain && overUdp, 'rtpAddress', 'udp'],
    [plain && overUdp, 'rtcpAddress', 'udp'],
    [global.rtsp === true && Array.isArray(transports) && transports.includes('multicast'), 'multicastIPRange', 'udp'],
    [secure, 'rtspsAddress', 'tcp'],
    [secure && overUdp, 'srtpAddress', 'udp'],
    [secure && overUdp, 'srtcpAddress', 'udp'],
  ]
  return all.flatMap(([on, setting, protocol]) => (on ? [[setting, protocol] as const] : []))
}

const objects = (value: unknown): readonly Settings[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [])

/** Listeners that open without being asked for, and those with which they share no port. */
const later = [
  { since: '1.19.0', protocol: 'tcp', port: ':8892', others: ['webrtcLocalTCPAddress', 'rtmpsAddress'] },
  { since: '1.19.0', protocol: 'udp', port: ':8892', others: ['webrtcLocalUDPAddress', 'srtAddress'] },
  { since: '1.20.0', protocol: 'udp', port: ':8893', others: ['webrtcLocalUDPAddress', 'srtAddress'] },
] as const
const listenerOf = (setting: string): string => (setting.startsWith('webrtc') ? 'webrtc' : setting.startsWith('srt') ? 'srt' : 'rtmp')

/** The version, what it says, and whether it does. */
type Row = readonly [since: string, said: string, applies: boolean]

function refusalsOfServer(global: Settings): readonly Row[] {
  const on = listenersOf(global)
  const users = global.authMethod === 'internal' ? objects(global.authInternalUsers) : []
  return [
    ...['readTimeout', 'writeTimeout'].map((name) => ['1.9.1', `'${name}' must be greater than zero`, goDurationMs(global[name]) === 0] as const),
    ['1.12.0', 'empty usernames are not supported', users.some(({ user }) => user === '')],
    ['1.12.0', "using a password with 'any' user is not supported", users.some(({ user, pass }) => user === 'any' && pass !== '' && pass != null)],
    [
      '1.12.0',
      "at least one 'rtspAuthMethods' must be provided",
      global.rtsp === true && Array.isArray(global.rtspAuthMethods) && global.rtspAuthMethods.length === 0,
    ],
    ...on.map(([setting]) => ['1.16.0', `'${setting}' must be set`, global[setting] === ''] as const),
    ['1.16.3', "'writeQueueSize' must be greater than zero", global.writeQueueSize === 0],
    ...later.map(({ since, protocol, port, others }) => {
      const there = [
        ...on.filter(([, one]) => one === protocol).map(([setting]) => setting),
        ...others.filter((setting) => global[listenerOf(setting)] === true),
      ]
      return [since, `listen ${protocol} ${port}: bind: address already in use`, there.some((setting) => String(global[setting]).endsWith(port))] as const
    }),
  ]
}

/** A pattern that may be shown. */
const lacks = (pattern: unknown, ...parts: readonly string[]): boolean =>
  typeof pattern === 'string' && pattern !== '***' && parts.some((part) => !pattern.includes(part))

/** Names of streams, of configured paths and others, that MediaMTX refuses from 1.17.1 on. */
export function whyNameRefused(name: string): string | null {
  if (/[^\w\-/.]/.test(name)) return 'can contain only alphanumeric characters, underscore, dot, minus, slash'
  return name.split('/').some((segment) => segment === '.' || segment === '..') ? "can't contain dot path segments" : null
}

/** Of one path. */
function refusalsOfPath(of: (setting: string) => unknown, name: string, playback: boolean): readonly Row[] {
  const path = of('recordPath')
  const [segment, kept] = [goDurationMs(of('recordSegmentDuration')) ?? 0, goDurationMs(of('recordDeleteAfter')) ?? 0]
  const why = name.startsWith('~') ? null : whyNameRefused(name)
  const tracks = objects(of('alwaysAvailableTracks'))
  const source = of('source')
  const isPi = source === 'rpiCamera'
  const isJpeg = isPi && (of('rpiCameraCodec') === 'mjpeg' || (of('rpiCameraSecondary') === true && of('rpiCameraCodec') === 'auto'))
  const sizes = [of('rpiCameraWidth'), of('rpiCameraHeight')]
  const isOf = (setting: string, ...values: readonly string[]) => of(setting) === undefined || values.includes(String(of(setting)))
  const isSlow = ({ codec, sampleRate }: Settings) => Number(sampleRate) > 0 && Number(sampleRate) < (codec === 'MPEG4Audio' ? 22_050 : 8_000)
  return [
    ['1.11.0', 'maximum segment duration is 1 day', segment > 86_400_000],
    ['1.12.0', "'sourceRedirect' is useless when source is not 'redirect'", source !== 'redirect' && !!of('sourceRedirect')],
    ['1.12.0', "'recordPath' must contain %path", lacks(path, '%path')],
    ['1.12.0', "'recordPath' must contain either %s or %Y %m %d %H %M %S", lacks(path, '%s') && lacks(path, '%Y', '%m', '%d', '%H', '%M', '%S')],
    ['1.12.0', "'recordPath' must contain %f", playback && lacks(path, '%f')],
    ['1.12.0', "'recordDeleteAfter' cannot be lower than 'recordSegmentDuration'", kept !== 0 && kept < segment],
    ['1.12.0', "invalid 'rpiCameraWidth' or 'rpiCameraHeight' value", isPi && sizes.includes(0)],
    ['1.14.0', "invalid 'rpiCameraHardwareH264Profile' value", isPi && !isOf('rpiCameraProfile', 'baseline', 'main', 'high')],
    ['1.14.0', "invalid 'rpiCameraHardwareH264Level' value", isPi && !isOf('rpiCameraLevel', '4.0', '4.1', '4.2')],
    [
      '1.16.3',
      "'alwaysAvailableFile' and 'alwaysAvailableTracks' cannot be used together",
      of('alwaysAvailable') === true && !!of('alwaysAvailableFile') && tracks.length > 0,
    ],
    ['1.17.1', `invalid path name: ${why}`, why !== null],
    ['1.20.1', 'sampleRate must be greater than or equal to 22050 (MPEG4Audio) or 8000 (G711, LPCM)', tracks.some(isSlow)],
    [
      '1.20.1',
      "'rpiCameraWidth' and 'rpiCameraHeight' must be a multiple of 8 and less than 2048 when using MJPEG",
      isJpeg && sizes.some((size) => typeof size === 'number' && (size >= 2048 || size % 8 !== 0)),
    ],
  ]
}

/** Lists that the file names without a value. */
const emptied = (settings: Settings): readonly Row[] =>
  Object.keys(settings).map((name) => ['1.16.0', `cannot set slice "${name}" to nil`, settings[name] === null] as const)

/** What some version refuses, whichever this is from. */
export function refusalsOf({ global, pathDefaults, paths }: PackedConfiguration): readonly Refusal[] {
  const found = new Map<string, { readonly since: string; readonly said: string; readonly paths: string[] }>()
  const note = (rows: readonly Row[], path?: string) => {
    for (const [since, said, applies] of rows) {
      if (!applies) continue
      const one = found.get(said) ?? { since, said, paths: [] }
      found.set(said, one)
      if (path !== undefined) one.paths.push(path)
    }
  }
  note([...refusalsOfServer(global), ...emptied(global), ...emptied(pathDefaults)])
  for (const { name, own } of paths) {
    const of = (setting: string) => (Object.hasOwn(own, setting) ? own[setting] : pathDefaults[setting])
    note([...refusalsOfPath(of, name, global.playback === true), ...emptied(own)], name)
  }
  return [...found.values()]
}
