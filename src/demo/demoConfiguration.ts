import type { Protocol } from '../shared/servers.ts'
import shapes from './configurationShapes.json' with { type: 'json' }
import type { DemoAuth, DemoPathOptions, DemoVersion } from './demoOptions.ts'
import { minorOf } from './demoPaths.ts'

type Fields = Record<string, unknown>
const parts: readonly { readonly version: string; readonly global: { set: Fields; drop: string[] }; readonly pathDefaults: { set: Fields; drop: string[] } }[] =
  Object.entries(shapes).map(([version, part]) => ({ version, ...part }))

/** A version's defaults: each recorded version says what it added, changed and dropped. */
function defaults(minor: number, part: 'global' | 'pathDefaults'): Fields {
  const fields: Fields = {}
  for (const shape of parts) {
    if (Number(shape.version.slice(2)) > minor) break
    for (const name of shape[part].drop) delete fields[name]
    Object.assign(fields, structuredClone(shape[part].set))
  }
  return fields
}

/** Where the demo server's endpoints are; null: it has no such endpoint. */
export interface DemoEndpoints {
  readonly api: string
  readonly hls: string | null
  readonly webrtc: string | null
  readonly playback: string | null
  readonly metrics: string | null
}

/** `/v3/config/global/get`. Passwords stand there in clear before 1.20.1, as in real servers. */
export function globalConfiguration(
  version: DemoVersion,
  endpoints: DemoEndpoints,
  auth: DemoAuth,
  off: readonly Protocol[],
  tls: { api: boolean; hls: boolean },
): Fields {
  const minor = minorOf(version)
  const fields = defaults(minor, 'global')
  const set = (name: string, value: unknown) => {
    if (name in fields) fields[name] = value
  }
  set('apiAddress', endpoints.api)
  set('apiEncryption', tls.api)
  set('hls', endpoints.hls !== null && !off.includes('hls'))
  if (endpoints.hls) set('hlsAddress', endpoints.hls)
  set('hlsEncryption', tls.hls)
  set('webrtc', endpoints.webrtc !== null && !off.includes('webrtc'))
  if (endpoints.webrtc) set('webrtcAddress', endpoints.webrtc)
  set('playback', endpoints.playback !== null)
  if (endpoints.playback) set('playbackAddress', endpoints.playback)
  set('metrics', endpoints.metrics !== null)
  if (endpoints.metrics) set('metricsAddress', endpoints.metrics)
  set('pprof', false)
  set('rtsp', !off.includes('rtsp') || !off.includes('rtsps'))
  const rtsps = off.includes('rtsps') ? 'no' : off.includes('rtsp') ? 'strict' : 'optional'
  set('encryption', rtsps)
  set('rtspEncryption', rtsps)
  set('rtmp', !off.includes('rtmp') || !off.includes('rtmps'))
  set('rtmpEncryption', off.includes('rtmps') ? 'no' : off.includes('rtmp') ? 'strict' : 'optional')
  set('srt', !off.includes('srt'))
  // Ports of its own, as servers of one machine have them. Nothing listens there: below those that systems give out.
  const silent = (Number(/\d+$/.exec(endpoints.api)?.[0]) & 0x7fff) ^ 0x2000
  for (const name of ['rtspAddress', 'rtspsAddress', 'rtmpAddress', 'rtmpsAddress', 'srtAddress']) set(name, `:${silent}`)
  set('moq', !off.includes('moq'))
  // MediaMTX redacts them since 1.20.1.
  const hidden = (password: string) => (minor >= 20 && password !== '' ? '<redacted>' : password)
  const permissions = (actions: readonly string[]) => actions.map((action) => ({ action, path: '' }))
  set('authInternalUsers', [
    {
      user: 'any',
      pass: '',
      ips: [],
      permissions: permissions(auth.kind === 'none' ? ['publish', 'read', 'playback', 'api'] : ['publish', 'read', 'playback']),
    },
    ...(auth.kind === 'basic' || auth.kind === 'bearer'
      ? [{ user: auth.user, pass: hidden(auth.password), ips: [], permissions: permissions(['api', 'metrics', 'pprof']) }]
      : []),
  ])
  set('authMethod', auth.kind === 'jwt' ? 'jwt' : 'internal')
  if (auth.kind === 'jwt') set('authJWTJWKS', 'https://login.example/jwks')
  return fields
}

export function pathDefaultsConfiguration(version: DemoVersion): Fields {
  return defaults(minorOf(version), 'pathDefaults')
}

const sourceUrls: Readonly<Record<string, (name: string) => string>> = {
  rtspSource: (name) => `rtsp://camuser:campass@10.4.1.20:554/${name}`,
  rtmpSource: (name) => `rtmp://10.4.1.30/live/${name}`,
  hlsSource: (name) => `http://10.4.1.40:8888/${name}/index.m3u8`,
  srtSource: (name) => `srt://10.4.1.50:8890?streamid=read:${name}&passphrase=demo-passphrase`,
  webRTCSource: (name) => `whep://10.4.1.60:8889/${name}/whep`,
  mpegtsSource: () => 'udp+mpegts://239.1.2.3:5004',
  rtpSource: () => 'udp+rtp://239.1.2.4:5004',
  rpiCameraSource: () => 'rpiCamera',
}

/** `/v3/config/paths/list`: the entries of the configuration, `all_others` and patterns first as the server sorts them. Camera passwords stand there in clear in every version. */
export function pathConfigurations(version: DemoVersion, paths: readonly DemoPathOptions[], base: Fields): readonly Fields[] {
  const minor = minorOf(version)
  const entries = new Map<string, Fields>([['all_others', { ...base, name: 'all_others' }]])
  for (const path of paths) {
    const mode = path.mode ?? 'publisher'
    const name = path.confName ?? (mode === 'dynamic' ? 'all_others' : path.name)
    const entry: Fields = { ...base, name }
    const pattern = name === 'all_others' || name.startsWith('~')
    if (!pattern) {
      const source = path.source ?? 'rtspSource'
      if (mode === 'pulled' || mode === 'onDemand' || mode === 'dead')
        entry.source = path.pullsFrom ?? (sourceUrls[source] ?? sourceUrls.rtspSource)?.(path.name)
      if (mode === 'onDemand') entry.sourceOnDemand = true
      if (path.record) entry.record = true
      if (mode === 'alwaysAvailable' && minor >= 17) {
        entry.alwaysAvailable = true
        entry.alwaysAvailableTracks = ['H264', 'Opus'].map((codec) => ({ codec, sampleRate: 0, channelCount: 0, muLaw: false }))
      }
      if (path.forward && minor >= 20) entry.forward = path.forward.map((dest) => ({ dest, destFingerprint: '', whipBearerToken: '' }))
    }
    entries.set(name, entry)
  }
  return [...entries.values()].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
}
