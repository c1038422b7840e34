import { isPathPattern } from '../shared/pathSettings.ts'
import type { Protocol } from '../shared/servers.ts'
import shapes from './configurationShapes.json' with { type: 'json' }
import type { DemoModel } from './demoModel.ts'
import type { DemoServer } from './demoServer.ts'

type Fields = Record<string, unknown>
const parts: readonly { readonly version: string; readonly global: { set: Fields; drop: string[] }; readonly pathDefaults: { set: Fields; drop: string[] } }[] =
  Object.entries(shapes).map(([version, part]) => ({ version, ...part }))

/** A version's defaults: each recorded version says what it added, changed and dropped. */
export function configurationDefaults(minor: number, part: 'global' | 'pathDefaults'): Fields {
  const fields: Fields = {}
  for (const shape of parts) {
    if (Number(shape.version.slice(2)) > minor) break
    for (const name of shape[part].drop) delete fields[name]
    Object.assign(fields, structuredClone(shape[part].set))
  }
  return fields
}

/** `/v3/config/global/get`. Passwords stand there in clear before 1.20.1, as in real servers. */
export function globalConfiguration({ model: { minor }, endpoints, auth, off, options, media, settings }: DemoServer): Fields {
  const fields = configurationDefaults(minor, 'global')
  const set = (name: string, value: unknown) => {
    if (name in fields) fields[name] = value
  }
  for (const name of ['api', 'hls', 'webrtc', 'playback', 'metrics'] as const) {
    if (name !== 'api') set(name, endpoints[name] !== undefined)
    if (endpoints[name] !== undefined) set(`${name}Address`, endpoints[name])
  }
  set('apiEncryption', options.tls !== undefined)
  set('pprof', false)
  const encryption = (plain: Protocol, secure: Protocol) => (off.includes(secure) ? 'no' : off.includes(plain) ? 'strict' : 'optional')
  set('rtsp', !off.includes('rtsp') || !off.includes('rtsps'))
  set('encryption', encryption('rtsp', 'rtsps'))
  set('rtspEncryption', encryption('rtsp', 'rtsps'))
  set('rtmp', !off.includes('rtmp') || !off.includes('rtmps'))
  set('rtmpEncryption', encryption('rtmp', 'rtmps'))
  set('srt', !off.includes('srt'))
  // Ports of its own, as servers of one machine have them. Nothing listens there: below those that systems give out.
  const silent = (Number(/\d+$/.exec(endpoints.api ?? '')?.[0]) & 0x7fff) ^ 0x2000
  for (const name of ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt']) set(`${name}Address`, `:${silent}`)
  if (options.rtspPort !== undefined) set('rtspAddress', `:${options.rtspPort}`)
  for (const name of ['rtsp', 'rtmp', 'srt'] as const) if (media[name] !== null) set(`${name}Address`, `127.0.0.1:${media[name]}`)
  // Its playlists have no parts of segments.
  if (options.listens) set('hlsVariant', 'fmp4')
  set('moq', !off.includes('moq'))
  // MediaMTX redacts them since 1.20.1.
  const hidden = (password: string) => (minor >= 20 && password !== '' ? '<redacted>' : password)
  const permissions = (...actions: readonly string[]) => actions.map((action) => ({ action, path: '' }))
  const anyone = permissions('publish', 'read', 'playback', ...(auth.kind === 'none' ? ['api'] : []))
  set('authInternalUsers', [
    { user: 'any', pass: '', ips: [], permissions: anyone },
    ...('user' in auth ? [{ user: auth.user, pass: hidden(auth.password), ips: [], permissions: permissions('api', 'metrics', 'pprof') }] : []),
  ])
  set('authMethod', auth.kind === 'jwt' ? 'jwt' : 'internal')
  if (auth.kind === 'jwt') set('authJWTJWKS', 'https://login.example/jwks')
  return { ...fields, ...settings.global }
}

const sourceUrls: Readonly<Record<string, string>> = {
  rtspSource: 'rtsp://camuser:campass@10.4.1.20:554/NAME',
  rtmpSource: 'rtmp://10.4.1.30/live/NAME',
  hlsSource: 'http://10.4.1.40:8888/NAME/index.m3u8',
  srtSource: 'srt://10.4.1.50:8890?streamid=read:NAME&passphrase=demo-passphrase',
  webRTCSource: 'whep://10.4.1.60:8889/NAME/whep',
  rpiCameraSource: 'rpiCamera',
}

/** The entries of `/v3/config/paths/list`, by name. Camera passwords stand there in clear in every version. */
export function pathConfigurations({ paths, minor }: DemoModel, base: Fields): ReadonlyMap<string, Fields> {
  const entries = new Map<string, Fields>([['all_others', { ...base, name: 'all_others' }]])
  for (const { name, confName, mode, sourceType, isPulled, options } of paths.values()) {
    const entry: Fields = { ...base, name: confName }
    entries.set(confName, entry)
    if (isPathPattern(confName)) continue
    if (isPulled) entry.source = options.pullsFrom ?? sourceUrls[sourceType]?.replace('NAME', name)
    if (mode === 'onDemand') entry.sourceOnDemand = true
    if (options.record) entry.record = true
    if (mode === 'alwaysAvailable' && minor >= 17) {
      entry.alwaysAvailable = true
      entry.alwaysAvailableTracks = ['H264', 'Opus'].map((codec) => ({ codec, sampleRate: 0, channelCount: 0, muLaw: false }))
    }
    if (options.forward && minor >= 20) entry.forward = options.forward.map((dest) => ({ dest, destFingerprint: '', whipBearerToken: '' }))
  }
  return entries
}
