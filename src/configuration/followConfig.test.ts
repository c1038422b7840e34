import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { Log } from '../engine/ports.ts'
import { createTestEngines, type TestEngines } from '../engine/testEngines.ts'
import { cautionsOf } from '../shared/servers.fixture.ts'
import { engineOptionsOf, loadConfig } from './config.ts'
import { checkEveryMs, followConfig } from './followConfig.ts'

const startAt = Date.UTC(2026, 10, 14, 12)
let engines: TestEngines
let dir: string
let fleet: DemoFleet
const logged: string[] = []
const write = (facts: object, text: string) => void logged.push(`${text} ${JSON.stringify(facts)}`)
const log: Log = { debug() {}, info: write, warn: write, error: write, child: () => log }

beforeEach(async () => {
  engines = await createTestEngines(startAt, 50)
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-follow-'))
  logged.length = 0
  fleet = engines.open.use(
    await createDemoFleet({
      clock: engines.clock,
      seed: 'follow',
      servers: [
        { name: 'Berlin', auth: { kind: 'basic', user: 'noc', password: 'right' }, paths: 2 },
        { name: 'Wien', paths: 2 },
      ],
    }),
  )
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
  expect(engines.bugs).toEqual([])
})

const put = (name: string, text: string) => writeFileSync(join(dir, name), text)
const berlin = () => `  - { name: Berlin, url: "${fleet.server('Berlin').url}", user: noc, passwordFile: berlin }\n`
const wien = (more = '') => `  - { name: Wien, url: "${fleet.server('Wien').url}"${more} }\n`

/** A console that follows the files in the folder. */
async function start() {
  const reread = (note: (file: string) => void) => loadConfig('mtxdeck.yaml', { env: {}, flags: {}, cwd: dir }, note)
  const config = reread(() => {})
  if (!config.ok) throw new Error(JSON.stringify(config.error))
  const { engine, client } = await engines.start(engineOptionsOf(config.value))
  const stop = new AbortController()
  const following = followConfig({ clock: engines.clock, log, config: config.value, reread, engine, signal: stop.signal })
  engines.open.defer(async () => {
    stop.abort()
    await following
  })
  const passes = async (ms: number) => {
    for (let at = 0; at < ms; at += 500) {
      await engines.clock.advance(500)
      // A look asks a real disk, for which no virtual clock waits: what is asked after it is answered after it.
      for (let asked = 0; asked < 3; asked++) await stat(dir)
    }
  }
  await passes(3 * checkEveryMs)
  return {
    client,
    passes,
    /** Long enough for two looks, and for the polls behind them. */
    noticed: () => passes(5 * checkEveryMs),
    servers: async () => (await client.servers.list()).map(({ name, state }) => `${name} ${state}`),
    events: async (kind: string) => (await client.history.events({ kinds: [kind], from: startAt, to: engines.clock.now(), limit: 50 })).map(({ text }) => text),
  }
}

describe('a configuration file that changes while the console runs', () => {
  test('a password that is corrected in its file ends the halt, and the return is an event', async () => {
    put('berlin', 'wrong\n')
    put('mtxdeck.yaml', `servers:\n${berlin()}`)
    const deck = await start()
    expect(await deck.servers()).toEqual(['Berlin halted'])
    put('berlin', 'right\n')
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Berlin up'])
    expect(await deck.events('configurationRead')).toEqual(['The configuration file was read again: changed Berlin.'])
    expect(await deck.events('serverUp')).toEqual(['Berlin answers for the first time.'])
  })

  test('templates of names stay when something else changes, and change with the file', async () => {
    put('mtxdeck.yaml', `naming: ['{place}/{camera}']\nservers:\n${wien()}`)
    const deck = await start()
    put('mtxdeck.yaml', `naming: ['{place}/{camera}']\nservers:\n${wien(', tags: [north]')}`)
    await deck.noticed()
    expect((await deck.client.servers.list())[0]?.tags).toEqual(['north'])
    expect(await deck.client.streams.naming()).toEqual({ templates: ['{place}/{camera}'], ofFile: true })
    put('mtxdeck.yaml', `naming: ['{camera}-{place}']\nservers:\n${wien(', tags: [north]')}`)
    await deck.noticed()
    expect(await deck.client.streams.naming()).toEqual({ templates: ['{camera}-{place}'], ofFile: true })
  })

  test('servers and hosts come, change and go; one that comes back keeps its id', async () => {
    put('mtxdeck.yaml', `servers:\n${wien()}`)
    const deck = await start()
    const before = (await deck.client.servers.list())[0]
    put('berlin', 'right')
    put('mtxdeck.yaml', `servers:\n${berlin()}hosts:\n  - { name: here, local: true }\n`)
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Berlin up'])
    expect((await deck.client.hosts.list()).map(({ name, origin }) => `${name} ${origin}`)).toEqual(['here yaml'])
    expect((await deck.client.fleet.changes({})).streams.map(({ serverId }) => serverId)).not.toContain(before?.id)
    put('mtxdeck.yaml', `servers:\n${wien(', intervalSeconds: 5, tags: [north]')}`)
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Wien up'])
    expect((await deck.client.servers.list())[0]).toMatchObject({ id: before?.id, intervalSeconds: 5, tags: ['north'] })
    expect(await deck.client.hosts.list()).toEqual([])
    put('mtxdeck.yaml', `servers:\n${wien(', intervalSeconds: 5, tags: [south]')}`)
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Wien up'])
    expect((await deck.client.servers.list())[0]?.tags).toEqual(['south'])
    expect((await deck.events('configurationRead')).sort()).toEqual([
      'The configuration file was read again: added Berlin, here; removed Wien.',
      'The configuration file was read again: added Wien; removed Berlin, here.',
      'The configuration file was read again: changed Wien.',
    ])
  })

  test('a stored server gives way to one of the file with its name, and comes back without it', async () => {
    put('mtxdeck.yaml', 'servers: []\n')
    const deck = await start()
    const stored = await deck.client.servers.add({ name: 'wien', url: fleet.server('Wien').url, tags: ['stored'] })
    put('mtxdeck.yaml', `servers:\n${wien()}`)
    await deck.noticed()
    expect(await deck.client.servers.list()).toEqual([expect.objectContaining({ id: stored.id, name: 'Wien', origin: 'yaml', state: 'up', tags: [] })])
    put('mtxdeck.yaml', 'servers: []\n')
    await deck.noticed()
    expect(await deck.client.servers.list()).toEqual([
      expect.objectContaining({ id: stored.id, name: 'wien', origin: 'stored', state: 'up', tags: ['stored'] }),
    ])
  })

  test('one with a mistake changes nothing; its line is said in the log, as an event and at each of its servers until it is mended', async () => {
    put('mtxdeck.yaml', `servers:\n${wien()}`)
    const deck = await start()
    put('mtxdeck.yaml', `servers:\n${wien()}  - { name: Graz, url: "http://127.0.0.1:9", intervalSeconds: often }\n`)
    await deck.noticed()
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Wien up'])
    const words =
      'The configuration file was changed and cannot be used; what was read before stays in force. mtxdeck.yaml:3:46: servers[1].intervalSeconds: expected a number'
    expect(await deck.events('configurationRefused')).toEqual([words])
    expect(cautionsOf((await deck.client.servers.list())[0])).toContain(words)
    expect(engines.logged.join('\n')).toContain('mtxdeck.yaml:3:46')
    put('mtxdeck.yaml', `servers:\n  - { name: Wien, url: "http://127.0.0.1:9", user: noc, pasword: x }\n`)
    await deck.noticed()
    const [misspelled] = (await deck.events('configurationRefused')).filter((text) => text !== words)
    expect(misspelled, 'why the password is missing').toMatch(/servers\[0\]\.pasword: unknown key; did you mean password\? \(and 1 more\)$/)
    rmSync(join(dir, 'mtxdeck.yaml'))
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Wien up'])
    expect(cautionsOf((await deck.client.servers.list())[0]).join()).toContain("can't read mtxdeck.yaml: there is no such file")
    put('mtxdeck.yaml', `servers:\n${wien()}`)
    await deck.noticed()
    expect(cautionsOf((await deck.client.servers.list())[0]).join()).not.toContain('configuration file')
    expect(await deck.events('configurationRead')).toEqual(['The configuration file was read again: no server and no host changed.'])
  })

  test('a file that is being written counts for nothing until it is still', async () => {
    put('mtxdeck.yaml', `servers:\n${wien()}`)
    const deck = await start()
    for (let step = 0; step < 8; step++) {
      put('mtxdeck.yaml', '#'.repeat(step + 1))
      await deck.passes(1000)
    }
    put('mtxdeck.yaml', `servers:\n${wien()}`)
    await deck.noticed()
    expect(await deck.servers()).toEqual(['Wien up'])
    expect(await deck.events('configurationRead')).toEqual([])
  })

  test('what waits for the next start is named', async () => {
    put('mtxdeck.yaml', `listen: 127.0.0.1:1\nservers:\n${wien()}`)
    const deck = await start()
    put('mtxdeck.yaml', `listen: 127.0.0.1:2\nkeepDays: 3\nservers:\n${wien()}`)
    await deck.noticed()
    expect(logged.join('\n')).toContain('Changed settings take effect at the next start: listen, keepDays')
    expect(await deck.events('configurationRead')).toEqual([])
  })
})
