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
    [secure, 'rtspsAddress', 'tcp'],
    [secure && overUdp, 'srtpAddress', 'udp'],
    [secure && overUdp, 'srtcpAddress', 'udp'],
  ]
  return all.flatMap(([on, setting, protocol]) => (on ? [[setting, protocol] as const] : []))
}

/** Listeners that open without being asked for, and those with which they share no port. */
const later = [
  { since: '1.19.0', protocol: 'tcp', port: ':8892', others: ['webrtcLocalTCPAddress', 'rtmpsAddress'] },
  { since: '1.19.0', protocol: 'udp', port: ':8892', others: ['webrtcLocalUDPAddress', 'srtAddress'] },
  { since: '1.20.0', protocol: 'udp', port: ':8893', others: ['webrtcLocalUDPAddress', 'srtAddress'] },
] as const
const listenerOf = (setting: string): string => (setting.startsWith('webrtc') ? 'webrtc' : setting.startsWith('srt') ? 'srt' : 'rtmp')

const usersOf = ({ authMethod, authInternalUsers }: Settings): readonly Settings[] =>
  authMethod === 'internal' && Array.isArray(authInternalUsers) ? authInternalUsers.filter((user) => typeof user === 'object' && user !== null) : []

/** Of the server: the version, what it says, and whether it does. */
function refusalsOfServer(global: Settings): readonly Refusal[] {
  const on = listenersOf(global)
  const found: (readonly [since: string, said: string, applies: boolean])[] = [
    ...['readTimeout', 'writeTimeout'].map((name) => ['1.9.1', `'${name}' must be greater than zero`, goDurationMs(global[name]) === 0] as const),
    ['1.12.0', 'empty usernames are not supported', usersOf(global).some(({ user }) => user === '')],
    ['1.12.0', "using a password with 'any' user is not supported", usersOf(global).some(({ user, pass }) => user === 'any' && pass !== '' && pass != null)],
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
  return found.filter(([, , applies]) => applies).map(([since, said]) => ({ since, said, paths: [] }))
}

type Of = (setting: string) => unknown
const objects = (value: unknown): readonly Settings[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [])
const isJpegSize = (size: unknown): boolean => typeof size !== 'number' || (size < 2048 && size % 8 === 0)
const isOneOf = (value: unknown, ...values: readonly string[]): boolean => value === undefined || values.includes(String(value))
/** A pattern that may be shown. */
const lacks = (pattern: unknown, ...parts: readonly string[]): boolean =>
  typeof pattern === 'string' && pattern !== '***' && parts.some((part) => !pattern.includes(part))

/** Names of streams, of configured paths and others, that MediaMTX refuses from 1.17.1 on. */
export function whyNameRefused(name: string): string | null {
  if (/[^\w\-/.]/.test(name)) return 'can contain only alphanumeric characters, underscore, dot, minus, slash'
  return name.split('/').some((segment) => segment === '.' || segment === '..') ? "can't contain dot path segments" : null
}

/** Of one path: the version, and what it says; null: it has nothing against this. */
const ofPath: readonly (readonly [since: string, refuses: (of: Of, name: string, global: Settings) => string | false | null])[] = [
  ['1.11.0', (of) => (goDurationMs(of('recordSegmentDuration')) ?? 0) > 86_400_000 && 'maximum segment duration is 1 day'],
  ['1.12.0', (of) => of('source') !== 'redirect' && !!of('sourceRedirect') && "'sourceRedirect' is useless when source is not 'redirect'"],
  ['1.12.0', (of) => lacks(of('recordPath'), '%path') && "'recordPath' must contain %path"],
  [
    '1.12.0',
    (of) =>
      lacks(of('recordPath'), '%s') &&
      lacks(of('recordPath'), ...['%Y', '%m', '%d', '%H', '%M', '%S']) &&
      "'recordPath' must contain either %s or %Y %m %d %H %M %S",
  ],
  ['1.12.0', (of, _, global) => global.playback === true && lacks(of('recordPath'), '%f') && "'recordPath' must contain %f"],
  [
    '1.12.0',
    (of) => {
      const keeps = goDurationMs(of('recordDeleteAfter')) ?? 0
      return keeps !== 0 && keeps < (goDurationMs(of('recordSegmentDuration')) ?? 0) && "'recordDeleteAfter' cannot be lower than 'recordSegmentDuration'"
    },
  ],
  ...['rpiCameraWidth', 'rpiCameraHeight'].map(
    (size) => ['1.12.0', (of: Of) => of('source') === 'rpiCamera' && of(size) === 0 && `invalid '${size}' value`] as const,
  ),
  [
    '1.14.0',
    (of) =>
      of('source') === 'rpiCamera' &&
      !(isOneOf(of('rpiCameraProfile'), 'baseline', 'main', 'high') && isOneOf(of('rpiCameraLevel'), '4.0', '4.1', '4.2')) &&
      "invalid 'rpiCameraHardwareH264Profile' or 'rpiCameraHardwareH264Level' value",
  ],
  [
    '1.16.3',
    (of) =>
      of('alwaysAvailable') === true &&
      !!of('alwaysAvailableFile') &&
      objects(of('alwaysAvailableTracks')).length > 0 &&
      "'alwaysAvailableFile' and 'alwaysAvailableTracks' cannot be used together",
  ],
  [
    '1.17.1',
    (_, name) => {
      const why = name.startsWith('~') ? null : whyNameRefused(name)
      return why && `invalid path name: ${why}`
    },
  ],
  [
    '1.20.1',
    (of) =>
      objects(of('alwaysAvailableTracks')).some(
        ({ codec, sampleRate }) => Number(sampleRate) > 0 && Number(sampleRate) < (codec === 'MPEG4Audio' ? 22_050 : 8_000),
      ) && 'sampleRate must be greater than or equal to 22050 (MPEG4Audio) or 8000 (G711, LPCM)',
  ],
  [
    '1.20.1',
    (of) =>
      of('source') === 'rpiCamera' &&
      (of('rpiCameraCodec') === 'mjpeg' || (of('rpiCameraSecondary') === true && of('rpiCameraCodec') === 'auto')) &&
      !(isJpegSize(of('rpiCameraWidth')) && isJpegSize(of('rpiCameraHeight'))) &&
      "'rpiCameraWidth' and 'rpiCameraHeight' must be a multiple of 8 and less than 2048 when using MJPEG",
  ],
]

/** Lists that the file names without a value. */
const emptied = (settings: Settings): readonly string[] => Object.keys(settings).filter((name) => settings[name] === null)

/** What some version refuses, whichever this is from. */
export function refusalsOf({ global, pathDefaults, paths }: PackedConfiguration): readonly Refusal[] {
  const found = [...refusalsOfServer(global)]
  const refused = new Map<string, { readonly since: string; readonly said: string; readonly paths: string[] }>()
  const note = (since: string, said: string, name: string) => {
    const one = refused.get(said) ?? { since, said, paths: [] }
    refused.set(said, one)
    one.paths.push(name)
  }
  const slice = (name: string) => `cannot set slice "${name}" to nil`
  for (const name of new Set([...emptied(global), ...emptied(pathDefaults)])) found.push({ since: '1.16.0', said: slice(name), paths: [] })
  for (const { name, own } of paths) {
    const of: Of = (setting) => (Object.hasOwn(own, setting) ? own[setting] : pathDefaults[setting])
    for (const [since, refuses] of ofPath) {
      const said = refuses(of, name, global)
      if (said) note(since, said, name)
    }
    for (const setting of emptied(own)) note('1.16.0', slice(setting), name)
  }
  return [...found, ...refused.values()]
}
