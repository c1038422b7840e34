import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { createTestProxy, insideName } from '../engine/http/proxy.fixture.ts'
import type { SecretsKey } from '../engine/ports.ts'
import type { Contract } from '../shared/contract.ts'
import type { FromMedia, ToMedia } from '../shared/media.ts'
import { type EngineStart, type FromEngine, launchSecretHeader } from './engineMessages.ts'
import { runEngine } from './runEngine.ts'

/** Runs the engine here, as the product's utilityProcess does, with this test in the place of main. */
async function setUp(secretsKey: SecretsKey = { protection: 'keychain', key: new Uint8Array(32), kept: { kind: 'keychain', of: 'linux', keyring: 'a test' } }) {
  const dir = await mkdtemp(join(tmpdir(), 'mtxdeck-run-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const heard: FromEngine[] = []
  let wake: () => void = () => {}
  const next = async <Kind extends FromEngine['kind']>(kind: Kind): Promise<Extract<FromEngine, { kind: Kind }>> => {
    for (;;) {
      const found = heard.find((message): message is Extract<FromEngine, { kind: Kind }> => message.kind === kind)
      if (found) return found
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  let ended: (exitCode: number) => void = () => {}
  const end = new Promise<number>((resolve) => {
    ended = resolve
  })
  const run = runEngine(
    (message) => {
      heard.push(message)
      wake()
    },
    (exitCode) => ended(exitCode),
  )
  const start: EngineStart = {
    dataDir: join(dir, 'data'),
    logDir: join(dir, 'logs'),
    version: '1.2.3',
    updates: null,
    appDir: dir,
    launchSecret: 'the secret of this launch',
    secretsKey,
    demo: false,
    attach: null,
    config: null,
    bundle: null,
    wasReady: false,
  }
  /** Forgets what was said until now. */
  const forget = () => void heard.splice(0)
  return { dir, run, start, next, forget, end }
}

function connect(port: MessagePort): ContractRouterClient<Contract> {
  port.start()
  return createORPCClient(new RPCLink({ port }))
}

test('what a configuration names is watched, and followed as it changes; a wrong one is refused in words', async () => {
  const { dir, run, start, next, forget, end } = await setUp()
  const fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'config',
    servers: [
      { name: 'Berlin', paths: 1 },
      { name: 'Wien', paths: 1 },
    ],
  })
  onTestFinished(() => fleet[Symbol.asyncDispose]())
  const config = join(dir, 'mtxdeck.yaml')
  const name = (...names: readonly string[]) =>
    writeFile(
      config,
      JSON.stringify({
        dataDir: 'elsewhere',
        ffmpeg: 'opt/ffmpeg',
        servers: names.map((one) => ({ name: one, url: fleet.server(one).input.url })),
        vantages: [{ name: 'Oslo', url: 'http://127.0.0.1:1', token: 'x' }],
        dailyCheck: { at: '04:15', zone: 'UTC' },
        drill: { days: 'MO', at: '10:00', zone: 'UTC' },
      }),
    )
  await name('Berlin')
  run.receive({ kind: 'start', start: { ...start, config } })
  await next('ready')
  const { port1, port2 } = new MessageChannel()
  run.openEndpoint(port1)
  port1.start()
  const client = connect(port2)
  const watched = async () => (await client.servers.list()).map((server) => `${server.name} ${server.origin}`)
  expect(await watched()).toEqual(['Berlin yaml'])
  expect(await client.remoteProbes.list()).toMatchObject([{ name: 'Oslo', origin: 'yaml' }])
  expect(await client.dailyChecks.status()).toMatchObject({ origin: 'yaml', settings: { at: '04:15' } })
  expect((await client.channels.readiness()).drill).toMatchObject({ zone: 'UTC' })
  // The window keeps its own folder, whose secrets its own key opens.
  expect(existsSync(join(dir, 'data', 'main.db'))).toBe(true)
  expect(existsSync(join(dir, 'elsewhere'))).toBe(false)
  // Its ffmpeg is the one that stills are made with.
  const tools = client.previews.tools()
  await next('askMedia')
  run.receive({ kind: 'mediaEnded', use: 'pictures', isForGood: true })
  expect(await tools).toMatchObject({ configured: join(dir, 'opt', 'ffmpeg'), uses: null, problem: { kind: 'unavailable', because: 'keepsEnding' } })
  await name('Berlin', 'Wien')
  await expect.poll(watched).toEqual(['Berlin yaml', 'Wien yaml'])
  port2.close()
  run.receive({ kind: 'stop' })
  expect(await end).toBe(0)

  forget()
  await writeFile(config, 'servers: [{ name: Berlin }]')
  const again = await setUp()
  again.run.receive({ kind: 'start', start: { ...again.start, config } })
  expect(await again.next('failed')).toMatchObject({
    why: { kind: 'problems', problems: [{ at: expect.stringContaining('mtxdeck.yaml:1:') }] },
  })
})

test('a window that was given a door talks to the engine, and so does a second one', async () => {
  const { run, start, next, end } = await setUp()
  run.receive({ kind: 'start', start })
  await next('ready')
  for (const _window of [1, 2]) {
    const { port1, port2 } = new MessageChannel()
    run.openEndpoint(port1)
    port1.start()
    const hello = await connect(port2).access.hello()
    expect(hello).toMatchObject({ version: '1.2.3', demo: false, secrets: { protection: 'keychain' } })
    port2.close()
  }
  run.receive({ kind: 'stop' })
  run.receive({ kind: 'stop' })
  expect(await end).toBe(0)
})

test('the demo fleet is watched from its first moment, and ends with the engine', async () => {
  const { run, start, next, end } = await setUp()
  run.receive({ kind: 'start', start: { ...start, demo: true } })
  await next('ready')
  const { port1, port2 } = new MessageChannel()
  run.openEndpoint(port1)
  port1.start()
  const client = connect(port2)
  const [first] = await client.servers.list()
  expect(first?.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
  expect((await client.hosts.list()).length).toBeGreaterThan(1)
  await expect.poll(async () => (await client.servers.list()).some(({ state }) => state === 'up')).toBe(true)
  port2.close()
  run.receive({ kind: 'stop' })
  expect(await end).toBe(0)
  await expect(fetch(first?.url ?? '')).rejects.toThrow()
})

test('a channel goes through the proxy that the system names for its way', async () => {
  for (const name of ['https_proxy', 'http_proxy', 'no_proxy']) for (const one of [name, name.toUpperCase()]) vi.stubEnv(one, '')
  onTestFinished(() => void vi.unstubAllEnvs())
  await using proxy = await createTestProxy()
  proxy.refuse(403)
  const { dir, run, start, next, end } = await setUp()
  const config = join(dir, 'mtxdeck.yaml')
  const webhook = `http://${insideName}:8080/hook?key=secret`
  await writeFile(config, JSON.stringify({ servers: [], channels: [{ name: 'NOC', webhook, proxy: 'system' }] }))
  run.receive({ kind: 'start', start: { ...start, config } })
  await next('ready')
  const { port1, port2 } = new MessageChannel()
  run.openEndpoint(port1)
  port1.start()
  const tested = connect(port2).channels.test({ name: 'NOC' })
  const { url } = await next('askProxy')
  expect(url).toBe(`http://${insideName}:8080/`)
  run.receive({ kind: 'proxy', url, said: `PROXY ${new URL(proxy.url).host}; DIRECT` })
  expect(await tested).toMatchObject({ failure: { kind: 'status', status: 403 } })
  expect(proxy.asked).toEqual([`POST ${webhook}`])
  port2.close()
  run.receive({ kind: 'stop' })
  expect(await end).toBe(0)
})

test('the relay answers to nobody who does not know the secret of the launch', async () => {
  const { run, start, next, end } = await setUp()
  run.receive({ kind: 'start', start })
  const { relayPort } = await next('ready')
  const ask = async (headers: Record<string, string>) => (await fetch(`http://127.0.0.1:${relayPort}/relay/nonsense/index.m3u8`, { headers })).status
  expect(await ask({})).toBe(403)
  expect(await ask({ [launchSecretHeader]: 'the secret of thus launch' })).toBe(403)
  expect(await ask({ [launchSecretHeader]: 'short' })).toBe(403)
  expect(await ask({ [launchSecretHeader]: start.launchSecret })).not.toBe(403)
  run.receive({ kind: 'stop' })
  expect(await end).toBe(0)
})

test('an engine whose folder another one uses says so and waits to be ended', async () => {
  const first = await setUp()
  first.run.receive({ kind: 'start', start: first.start })
  await first.next('ready')
  const second = await setUp()
  second.run.receive({ kind: 'start', start: { ...second.start, dataDir: first.start.dataDir } })
  expect(await second.next('failed')).toMatchObject({ why: { kind: 'console', trouble: { kind: 'dataDirInUse', folder: first.start.dataDir } } })
  first.run.receive({ kind: 'stop' })
  await first.end
})

test('the end is orderly and stands in the log', async () => {
  const { run, start, next, end } = await setUp()
  run.receive({ kind: 'start', start })
  await next('ready')
  run.receive({ kind: 'stop' })
  await end
  expect(await readFile(join(start.logDir, 'mtxdeck.log'), 'utf8')).toContain('The engine ended in order.')
})

test('a still is asked of the media process over the line that main gives, and what becomes of it is said', async () => {
  await using fleet = await createDemoFleet({ clock: createSystemClock(), seed: 'run', servers: [{ name: 'studio', paths: 3 }] })
  const { dir, run, start, next, forget, end } = await setUp()
  const config = join(dir, 'mtxdeck.yaml')
  const studio = { name: 'studio', url: fleet.server('studio').input.url, addresses: { rtsp: 'rtsp://127.0.0.1:8554' } }
  await writeFile(config, JSON.stringify({ servers: [studio] }))
  run.receive({ kind: 'start', start: { ...start, config } })
  await next('ready')
  const { port1, port2 } = new MessageChannel()
  run.openEndpoint(port1)
  port1.start()
  const client = connect(port2)
  let live: Awaited<ReturnType<typeof client.streams.list>> = []
  while (live.length < 3) live = await client.streams.list({ state: 'live' })
  const still = () => {
    const { serverId = '', name: path = '' } = live.shift() ?? {}
    return client.snapshots.take({ serverId, path })
  }

  /** A media process that answers like this. */
  const lend = (answer: (asked: Extract<ToMedia, { kind: 'snapshot' }>) => FromMedia | null) => {
    const events = new EventEmitter()
    run.openMedia('pictures', {
      on: (event, listener) => events.on(event, listener),
      postMessage: (message) => {
        const asked = message as ToMedia
        const answered = asked.kind === 'snapshot' ? answer(asked) : null
        if (answered) events.emit('message', { data: answered })
      },
    })
  }
  const first = still()
  await next('askMedia')
  const jpeg = Uint8Array.of(0xff, 0xd8)
  lend(({ id }) => ({ kind: 'snapshot', id, snapshot: { jpeg, widthPx: 640, heightPx: 360, codec: 'h264', bytesRead: 1000, tookMs: 1 } }))
  expect((await first).picture?.jpeg).toBe('/9g=')

  lend(() => {
    setImmediate(() => run.receive({ kind: 'mediaEnded', use: 'pictures', isForGood: false }))
    return null
  })
  expect((await still()).why).toEqual({ kind: 'crashed' })

  forget()
  const third = still()
  await next('askMedia')
  run.receive({ kind: 'mediaEnded', use: 'pictures', isForGood: true })
  expect((await third).why).toEqual({ kind: 'unavailable', because: 'keepsEnding' })
  port2.close()
  run.receive({ kind: 'stop' })
  expect(await end).toBe(0)
})
