import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createSystemClock } from '../../src/clock/clock.ts'
import { readConfig } from '../../src/configuration/config.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { pollOnce } from '../../src/engine/pollOnce.ts'
import type { Log } from '../../src/engine/ports.ts'
import { writeDiagnosis } from '../../src/headless/diagnose.ts'
import { onceTable } from '../../src/headless/once.ts'
import { runConsole } from '../../src/headless/runConsole.ts'
import { serversToYaml } from '../../src/headless/serversToYaml.ts'
import { makeCertificate } from '../fakes/certificate.ts'

const basic = 'Tr0ub4dor&3 "ä"'
const bearer = 'noc:bearer-hunter2-long'
const jwt = 'eyJhbGciOiJub25l.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJl'
const wrong = 'wrong-hunter2/with+slash'
const variable = 'variable-hunter2'
const ofHost = 'host-hunter2 "of" ssh'
const phrase = 'phrase-hunter2'

/** All the forms in which a secret may stand somewhere. */
const forms = (secret: string, user?: string) => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64'),
  ...(user === undefined ? [] : [Buffer.from(`${user}:${secret}`).toString('base64')]),
]
const secrets = [
  ...forms(basic, 'noc'),
  ...forms(bearer),
  ...forms(jwt),
  ...forms(wrong, 'noc'),
  ...forms(variable, 'noc'),
  ...forms(ofHost, 'noc'),
  ...forms(phrase),
]

test('passwords of the configuration stand in no answer, log, file or diagnosis', async () => {
  const clock = createSystemClock()
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-secrets-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const fleet = stack.use(
    await createDemoFleet({
      clock,
      seed: 'secrets',
      servers: [
        { name: 'basic', auth: { kind: 'basic', user: 'noc', password: basic }, tls: makeCertificate({ names: ['127.0.0.1'] }), paths: 2 },
        { name: 'bearer', auth: { kind: 'bearer', user: 'noc', password: bearer.slice(4) }, paths: 2 },
        { name: 'jwt', auth: { kind: 'jwt', token: jwt }, paths: 2 },
        { name: 'garbage', auth: { kind: 'basic', user: 'noc', password: basic }, paths: 2 },
      ],
    }),
  )
  fleet.server('garbage').trouble({ kind: 'garbage' })
  const text = `${serversToYaml(fleet.yamlServers())}
  - { name: refused, url: ${JSON.stringify(fleet.server('jwt').url)}, user: noc, password: ${JSON.stringify(wrong)} }
  - { name: nobody, url: "http://127.0.0.1:9", user: noc, passwordEnv: SECRET_OF_NOBODY }
hosts:
  - { name: far, ssh: "noc@127.0.0.1:9", passwordEnv: SECRET_OF_HOST }
  - { name: keyed, ssh: "noc@127.0.0.1:9", keyFile: id, passphraseFile: phrase }
`
  const env = { SECRET_OF_NOBODY: variable, SECRET_OF_HOST: ofHost, MTXDECK_LOG_LEVEL: 'debug' }
  const config = readConfig({
    file: { path: 'mtxdeck.yaml', text },
    env,
    flags: { dataDir: dir, listen: '0' },
    cwd: dir,
    readText: (path) => (path.endsWith('phrase') ? phrase : ''),
  })
  if (!config.ok) throw new Error(JSON.stringify(config.error))
  expect(config.value.servers).toHaveLength(6)

  const said: string[] = []
  const started = await runConsole(config.value, clock)
  if (!started.ok) throw new Error(started.error)
  {
    await using deck = started.value
    const token = readFileSync(config.value.tokenFile, 'utf8').trim()
    const ask = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${deck.url}/api${path}`, { ...init, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } })
      const body = await answer.text()
      said.push(JSON.stringify([...answer.headers]), body)
      return body
    }
    const states = async () => (JSON.parse(await ask('/servers')) as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`).sort()
    await expect.poll(states).toEqual(['basic up', 'bearer up', 'garbage down', 'jwt up', 'nobody down', 'refused halted'])

    const routes = Object.entries((JSON.parse(await ask('/openapi.json')) as { paths: Record<string, object> }).paths).flatMap(([path, methods]) =>
      'get' in methods ? [path] : [],
    )
    const ids = (JSON.parse(await ask('/servers')) as { id: string }[]).map((server) => server.id)
    const streams = JSON.parse(await ask('/streams')) as { serverId: string; name: string }[]
    expect(streams.length).toBeGreaterThan(3)
    for (const route of routes) {
      const stream = streams[0]
      if (!stream) throw new Error('no stream')
      if (!route.includes('{')) await ask(route)
      else for (const id of ids) await ask(route.replace(/\{(?:id|serverId)\}/, id).replace('{path}', encodeURIComponent(stream.name)))
    }
    for (const id of ids) await ask('/servers/test', { method: 'POST', body: JSON.stringify({ id, url: fleet.server('basic').url }) })
    await ask('/servers', { method: 'POST', body: JSON.stringify({ name: 'refused', url: 'http://x', auth: { kind: 'basic', user: 'u', password: wrong } }) })
    await ask('/servers', {
      method: 'POST',
      body: JSON.stringify({ name: 'y', url: `http://u:${encodeURIComponent(wrong)}@x`, auth: { kind: 'basic', password: wrong } }),
    })
    const hosts = async () => (JSON.parse(await ask('/hosts')) as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`)
    await expect.poll(hosts).toEqual(expect.arrayContaining(['far down']))
    const host = { name: 'entered', ssh: 'noc@127.0.0.1:9', auth: { kind: 'password', password: ofHost } }
    const entered = JSON.parse(await ask('/hosts', { method: 'POST', body: JSON.stringify(host) })) as { id: string }
    expect(entered).toMatchObject({ auth: { kind: 'password', hasSecret: true } })
    await ask('/hosts/test', { method: 'POST', body: JSON.stringify({ ssh: host.ssh, auth: { kind: 'key', key: 'no key', passphrase: phrase } }) })
    await ask(`/hosts/${entered.id}`, { method: 'PATCH', body: JSON.stringify({ change: { auth: { kind: 'password', password: 7, secret: ofHost } } }) })
    await ask(`/hosts/${entered.id}/sizing`)
    await ask('/events')
    const feed = new WebSocket(`${deck.url.replace('http', 'ws')}/api/feed`, { headers: { Authorization: `Bearer ${token}` } })
    said.push(await new Promise<string>((resolve) => feed.once('message', (data) => resolve(String(data)))))
    feed.terminate()

    const file = join(dir, 'diagnosis.json')
    const more = {
      MTXDECK_SERVERS: JSON.stringify([{ name: 'a', url: 'http://a', user: 'noc', password: basic }]),
      MTXDECK_HOSTS: JSON.stringify([{ name: 'h', ssh: 'noc@a', passwordEnv: 'SECRET_OF_HOST' }]),
    }
    for (const [name, value] of Object.entries({ ...env, ...more })) vi.stubEnv(name, value)
    await writeDiagnosis({ dataDir: dir, output: file })
    vi.unstubAllEnvs()
    const diagnosis = readFileSync(file, 'utf8')
    expect(JSON.parse(diagnosis)).toMatchObject({
      console: { running: true, store: { why: null, setAside: [] } },
      configuration: { servers: [{ name: 'a', auth: { kind: 'basic' } }], hosts: [{ name: 'h', auth: { kind: 'password' } }] },
    })
    expect(diagnosis).not.toContain(token)
    said.push(diagnosis)
  }

  const log: Log = { debug: (facts, words) => said.push(JSON.stringify(facts), words), info() {}, warn() {}, error() {}, child: () => log }
  const report = await pollOnce({
    clock,
    log,
    version: '0',
    servers: config.value.servers,
    hosts: config.value.hosts,
    single: true,
    signal: new AbortController().signal,
  })
  said.push(JSON.stringify(report), onceTable(report))

  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const logs = files.filter((entry) => entry.name.endsWith('.log'))
  expect(logs.length).toBeGreaterThan(0)
  // The database too: secrets of the configuration are not stored at all.
  for (const entry of files) said.push(readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  for (const logged of logs) expect(readFileSync(join(logged.parentPath, logged.name), 'utf8')).toContain('The console is ready')
  const everything = said.join('\n')
  for (const secret of secrets) expect(everything.includes(secret), secret).toBe(false)
})
