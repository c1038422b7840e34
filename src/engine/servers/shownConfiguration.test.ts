import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { recorded, recordedAuthorization, recordedVersions, startReplayServer } from '../../../tests/fakes/replayServer.ts'
import { createTestEngines } from '../testEngines.ts'
import { shownConfiguration, shownFields } from './shownConfiguration.ts'

const secret = 'Zq7hunter2qZ9'
/** The same as a header carries it. */
const encoded = Buffer.from(`admin:${secret}`).toString('base64')

/** Ways in which keys and passwords stand in the arguments of hooks. */
const commands = [
  secret,
  `curl -u admin:${secret} https://noc.example/up`,
  `curl -uadmin:${secret} https://noc.example/up`,
  `curl --user=admin:${secret} https://noc.example/up`,
  `curl -H "X-Api-Key: ${secret}" https://noc.example/up`,
  `curl -H 'Authorization: Token ${secret}' https://noc.example/up`,
  `curl -H "Authorization: Basic ${encoded}" https://noc.example/up`,
  `curl -H "Cookie: session=${secret}" https://noc.example/up`,
  `curl -d '{"chat":"1","bot":"${secret}"}' https://noc.example/up`,
  `curl https://hooks.chat.example/services/T0/B0/${secret}`,
  `curl https://api.example/bot${secret}/sendMessage`,
  `curl "https://noc.example/up?k=${secret}"`,
  `wget --http-passwd=${secret} https://noc.example/up`,
  `wget --post-data=pw%3D${secret} https://noc.example/up`,
  `ffmpeg -i rtsp://localhost:8554/$MTX_PATH -c copy -f flv rtmp://a.example/live2/${secret}`,
  `ffmpeg -i rtsp://admin:${secret}@localhost/$MTX_PATH -c copy -f flv out.flv`,
  `ffmpeg -i srt://h:8890?streamid=read:cam:u:${secret} -f null -`,
  `ffmpeg -i in -f mpegts srt://h:1?passphrase=${secret}&pbkeylen=16`,
  `ffmpeg -headers "X-Key: ${secret}" -i http://h/x -f null -`,
  `ffmpeg -decryption_key ${secret} -i in.mp4 out.mp4`,
  `mysql -p${secret} -e 'insert 1'`,
  `PGPASSWORD=${secret} psql -c 'select 1'`,
  `sshpass -p ${secret} ssh noc@h up`,
  `sshpass -p '${secret}' ssh noc@h up`,
  `redis-cli -a ${secret} publish up 1`,
  `mosquitto_pub -u noc -P ${secret} -t up -m 1`,
  `aws --profile x s3 cp f s3://b --sse-c-key ${secret}`,
  `env K=${secret} notify`,
  `sh -c "echo ${secret} | notify --password-stdin"`,
  `notify /secret:${secret}`,
  `notify -k${secret}`,
  `notify\t${secret}`,
  `notify\n${secret}`,
  `"C:\\\\Program Files\\\\notify.exe" /p ${secret}`,
  `notify ${encodeURIComponent(`${secret}/ä`)}`,
  `python3 -c "import os; k='${secret}'"`,
]
const addresses = [
  `rtsp://admin:${secret}@10.0.0.5/Streaming/Channels/101`,
  `rtsp://10.0.0.5/user=admin_password=${secret}_channel=1`,
  `rtsps://nvr:7441/${secret}?enableSrtp`,
  `rtsp://10.0.0.5/x?token=${secret}`,
  `rtsp://admin:p@ss@${secret}@10.0.0.5/x`,
  `rtmp://a.example/live2/${secret}`,
  `rtmps://a.example:443/app#${secret}`,
  `srt://h:8890?streamid=publish:cam:u:${secret}`,
  `srt://h:8890?mode=caller&passphrase=${secret}`,
  `http://cdn.example/${secret}/index.m3u8`,
  `https://cdn.example/x/index.m3u8?Signature=${secret}`,
  `whep://h:8889/whep/${secret}`,
  `wheps://u:${secret}@h:8889/cam/whep`,
  `udp+mpegts://238.0.0.1:1234?key=${secret}`,
  `//u:${secret}@h/x`,
  secret,
]
const hooks = `runOnConnect runOnDisconnect runOnInit runOnDemand runOnUnDemand runOnPublish runOnReady runOnNotReady runOnAvailable runOnUnavailable
  runOnOnline runOnOffline runOnRead runOnUnread runOnRecordSegmentCreate runOnRecordSegmentComplete`.split(/\s+/)
const texts = `srtReadPassphrase srtPublishPassphrase publishUser publishPass readUser readPass whepBearerToken hlsCDNSecret rtpSDP authJWTAudience
  rpiCameraTextOverlay serverKey apiServerKey metricsServerKey pprofServerKey playbackServerKey rtspServerKey rtmpServerKey hlsServerKey webrtcServerKey
  moqServerKey fieldOfANewerVersion`.split(/\s+/)
const addressFields = 'source sourceRedirect fallback externalAuthenticationURL authHTTPAddress authJWTJWKS authJWTIssuer apiAllowOrigin'.split(' ')

/** Every field that can carry a secret, in every form in which it can. */
const carriers: readonly (readonly [string, unknown])[] = [
  ...hooks.flatMap((name) => commands.map((command) => [name, command] as const)),
  ...texts.map((name) => [name, secret] as const),
  ...addressFields.flatMap((name) => addresses.map((each) => [name, each] as const)),
  ...addresses.map((dest) => ['forward', [{ dest, destFingerprint: '', whipBearerToken: secret }]] as const),
  ['authInternalUsers', [{ user: secret, pass: secret, ips: [], permissions: [{ action: 'api', path: '' }], extra: { deep: [secret] } }]],
  ['webrtcICEServers', [`turn:noc:${secret}:turn.example:3478`]],
  ['webrtcICEServers2', [{ url: `turn:turn.example?key=${secret}`, username: secret, password: secret, clientOnly: false }]],
  ['alwaysAvailableTracks', [{ codec: 'H264', key: secret }]],
  ['apiAllowOrigins', [`https://u:${secret}@noc.example`]],
  ['fieldOfANewerVersion', { key: secret }],
  ['fieldOfANewerVersion', [secret, [secret]]],
  ['logLevel', { key: secret }],
  ['serverCert', `-----BEGIN PRIVATE KEY-----\n${secret}`],
]

it('the fields that are hidden are those that can carry a secret, of all that MediaMTX has or had', () => {
  const schemas = (
    parse(readFileSync(new URL('../../../tests/fixtures/openapi-1.20.1.yaml', import.meta.url), 'utf8')) as {
      components: { schemas: Record<string, { properties: object }> }
    }
  ).components.schemas
  const known = new Set([...Object.keys(schemas.GlobalConf?.properties ?? {}), ...Object.keys(schemas.PathConf?.properties ?? {})])
  for (const version of recordedVersions)
    for (const name of ['config-global', 'config-pathdefaults'])
      for (const field of Object.keys(recorded(version, '0-empty', name).body as object)) known.add(field)
  expect([...known].filter((name) => !shownFields.has(name)).sort()).toEqual(
    [
      ...hooks.filter((name) => name !== 'runOnPublish'),
      ...texts.filter((name) => !['publishUser', 'readUser', 'serverKey', 'fieldOfANewerVersion'].includes(name)),
      'serverKey',
    ].sort(),
  )
})

describe('a configuration that is shown', () => {
  it.each([...new Set(carriers.map(([name]) => name))])('says of %s that it is set, not to what', (field) => {
    for (const [name, value] of carriers.filter(([each]) => each === field)) {
      const shown = JSON.stringify(shownConfiguration({ [name]: value }))
      expect(shown).not.toContain('Zq7')
      expect(shown).not.toContain(encoded)
      expect(shown).toContain('***')
      expect(Object.keys(shownConfiguration({ [name]: value }))).toEqual([name])
    }
  })

  it('keeps what is harmless, and that something is not set', () => {
    const harmless = {
      logLevel: 'info',
      logDestinations: ['stdout'],
      readTimeout: '10s',
      rtspAddress: '[::]:8554',
      multicastIPRange: '224.1.0.0/16',
      apiAllowOrigins: ['*', 'https://noc.example'],
      apiServerCert: '/etc/mediamtx/server.crt',
      webrtcICEServers2: [{ url: 'stun:stun.example:3478', username: '', password: '', clientOnly: false }],
      authInternalUsers: [{ user: 'any', pass: '', ips: ['127.0.0.1'], permissions: [{ action: 'read', path: '~^cam' }] }],
      name: '~^site/(.+)$',
      source: 'rtsp://10.0.0.5:554/Streaming/Channels/101',
      fallback: '/slate',
      record: true,
      recordPath: './recordings/%path/%Y-%m-%d_%H-%M-%S-%f',
      runOnInit: '',
      runOnInitRestart: false,
      srtReadPassphrase: '',
      rpiCameraAWBGains: [0, 0],
      fieldOfANewerVersion: '',
      forward: [],
    }
    expect(shownConfiguration(harmless)).toEqual(harmless)
    expect(shownConfiguration({ source: 'rtsp://noc:x@h:8554/h264Preview_01_main' })).toEqual({ source: 'rtsp://***@h:8554/h264Preview_01_main' })
  })
})

it('none of them reaches an answer, the log, a bundle or any file of the console', async () => {
  await using engines = await createTestEngines(Date.UTC(2026, 10, 14, 12))
  await using server = await startReplayServer('v1.20.1')
  const path = (name: string, fields: readonly (readonly [string, unknown])[]) => ({ ...Object.fromEntries(fields), name })
  server.override((request, response) => {
    const answer = (body: object) => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(body))
      return true
    }
    if (request.headers.authorization !== recordedAuthorization) return false
    const at = request.url ?? ''
    const one = (base: string) => ({ ...(recorded('v1.20.1', '0-empty', base).body as object), ...Object.fromEntries(carriers) })
    if (at.startsWith('/v3/config/global/get')) return answer(one('config-global'))
    if (at.startsWith('/v3/config/pathdefaults/get')) return answer(one('config-pathdefaults'))
    if (at.startsWith('/v3/config/paths/list'))
      return answer({ itemCount: carriers.length, pageCount: 1, items: carriers.map((carrier, n) => path(`p${n}`, [carrier])) })
    return false
  })
  const { engine, client } = await engines.start()
  const { id } = await client.servers.add({ name: 'Berlin', url: server.url, auth: { kind: 'basic', user: 'noc', password: 'watch-me' }, intervalSeconds: 2 })
  for (let second = 0; second < 12; second++) await engines.clock.advance(1_000)
  const configuration = await client.servers.configuration({ id })
  expect(configuration.paths).toHaveLength(carriers.length)
  expect(configuration.global.runOnConnect).toBe('***')
  const now = engines.clock.now()
  const { link } = await client.bundles.make({ from: now - 60_000, to: now })
  const bundle = Buffer.from(await (await engine.relay(new Request(`http://console${link}`))).arrayBuffer())
  await writeFile(join(engines.folder, 'b.mtxdeck'), bundle)
  const said = [
    configuration,
    await client.servers.list(),
    await client.fleet.changes({}),
    await client.history.events({ from: now - 3_600_000, to: now }),
  ].map((each) => JSON.stringify(each))
  await engines.stop(engine)
  const opened = await engines.start({ bundle: join(engines.folder, 'b.mtxdeck') }, { dataDir: join(engines.folder, 'opened') })
  const taken = await opened.client.servers.configuration({ id })
  expect(taken.global.runOnConnect).toBe('***')
  said.push(JSON.stringify(taken), ...engines.logged)
  for (const entry of readdirSync(engines.folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) said.push(readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  for (const text of said) {
    expect(text).not.toContain('Zq7')
    expect(text).not.toContain(encoded)
  }
})
