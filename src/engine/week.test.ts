import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.ts'
import { machineName } from '../demo/demoMachine.ts'
import { type Shift, type WeekHands, week, weekServers } from '../demo/week.fixture.ts'
import type { Alarm } from '../shared/alarms.ts'
import { maintenanceInputSchema } from '../shared/maintenance.ts'
import { partOf } from '../shared/subjects.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

/** This server is not in the configuration file: it was added in the console, and can be paused there. */
const addedHere = 'Wien'
/** A Monday, 9 h in Berlin. */
const startAt = Date.UTC(2026, 10, 16, 8, 0, 0)
const day = 86_400_000
const usuallyHealedWithin = 20

const nameOf = ({ rule, kind, serverName, subject }: Alarm): string => {
  const part = partOf(subject)
  return `${rule ?? kind} ${serverName}${part === null ? '' : subject.kind === 'stream' ? `/${part}` : ` ${part}`}`
}
const joined = (names: readonly string[]) => [...names].sort().join(' + ')

interface Told {
  readonly event: 'start' | 'update' | 'end'
  readonly key: string
}
async function createReceiver(): Promise<{
  readonly url: string
  readonly told: Told[]
  readonly refuse: (refuses: boolean) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}> {
  const told: Told[] = []
  let isRefusing = false
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      if (isRefusing) response.statusCode = 400
      else told.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told,
    refuse: (refuses) => {
      isRefusing = refuses
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a week of troubles: the incidents are those that the script names, in time, and told once each', () => {
  let engines: TestEngines
  let fleet: DemoFleet
  let receiver: Awaited<ReturnType<typeof createReceiver>>
  let pager: typeof receiver
  beforeAll(async () => {
    engines = await createTestEngines(startAt, 250, 9)
    receiver = engines.open.use(await createReceiver())
    pager = engines.open.use(await createReceiver())
    fleet = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'week', servers: weekServers, hosts: true }))
  })
  afterAll(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
  })

  /** The system takes this address for this machine, and mtxdeck for another one. */
  const servers = () => fleet.yamlServers().map((server) => ({ ...server, url: server.url.replace('127.0.0.1', '0.0.0.0') }))
  const network = { isThere: true }
  const open = () =>
    engines.start({
      hasNetwork: () => network.isThere,
      // So that a fleet of this size can cost too much.
      costLimitPercent: 0.2,
      yamlServers: servers().filter(({ name }) => name !== addedHere),
      yamlHosts: fleet.yamlHosts().map((host) => ({ ...host, intervalSeconds: 10 })),
      channels: [
        { name: 'ops', webhook: receiver.url },
        { name: 'pager', webhook: pager.url },
      ],
      // Somebody has to say so.
      rules: [{ id: 'noReaders', enabled: true, streams: ['oper'] }],
    })
  type Client = Awaited<ReturnType<typeof open>>['client']
  const idOf = async (client: Client, name: string) => (await client.servers.list()).find((server) => server.name === name)?.id ?? ''
  const handsOf = (client: Client): WeekHands => ({
    on: (server, trouble) => fleet.server(server).trouble(trouble),
    under: (server, trouble) => fleet.troubleMachine(server, trouble),
    tryNow: async (name) => void (await client.servers.tryNow({ id: await idOf(client, name) })),
    pause: async (name, paused) => void (await client.servers.update({ id: await idOf(client, name), change: { paused } })),
    pin: async (name) => void (await client.servers.update({ id: await idOf(client, name), change: { fingerprint: fleet.server(name).fingerprint } })),
    acceptKey: async (name) => {
      const host = (await client.hosts.list()).find((one) => one.name === machineName(name))
      if (host?.error?.kind !== 'hostKeyChanged') throw new Error(`the machine under ${name} shows no other key`)
      await client.hosts.acceptKey({ id: host.id, target: host.error.target, fingerprint: host.error.fingerprint ?? '' })
    },
    refuse: pager.refuse,
    cutConsole: (seconds) => {
      network.isThere = false
      engines.clock.setTimeout(() => {
        network.isThere = true
      }, seconds * 1_000)
      for (const { name } of fleet.servers) {
        fleet.server(name).trouble({ kind: 'reset', forMs: seconds * 1_000 })
        fleet.troubleMachine(name, { kind: 'unreachable', forMs: seconds * 1_000 })
      }
    },
    maintain: async (server, minutes) => {
      const start = new Date(engines.clock.now()).toISOString().slice(0, 16)
      await client.maintenance.add(maintenanceInputSchema.parse({ name: 'works', servers: [server], zone: 'UTC', start, hours: minutes / 60 }))
    },
    later: (seconds, does) => void engines.clock.setTimeout(() => void does(), seconds * 1_000),
    sleep: (seconds) => engines.clock.sleepMachine(seconds * 1_000),
  })
  const until = (at: number) => engines.clock.advance(Math.max(0, at - engines.clock.now()))

  it.each(week)('$name', async ({ minutes, entries, night = [] }: Shift) => {
    const dayAt = startAt + Math.ceil((engines.clock.now() - startAt) / day) * day
    await until(dayAt)
    const { client } = await open()
    const added = servers().find(({ name }) => name === addedHere)
    if (added !== undefined && (await idOf(client, addedHere)) === '') await client.servers.add(added)
    const hands = handsOf(client)
    /** What has healed is taken by the operator, so that it is closed. */
    const takeHealed = async () => {
      const ids = (await client.alarms.list({ state: ['healedUnseen'] })).map(({ id }) => id)
      if (ids.length > 0) await client.alarms.acknowledge({ ids })
    }
    try {
      for (const entry of entries) {
        await until(dayAt + entry.at * 1_000)
        await takeHealed()
        await entry.does(hands)
      }
      await until(dayAt + minutes * 60_000)

      const all = [...(await client.alarms.list({})), ...(await client.alarms.past({ limit: 1_000 }))].filter((alarm) => alarm.raisedAt >= dayAt)
      const incidents = [...Map.groupBy(all, ({ incident }) => incident)]
        .map(([key, alarms]) => ({ key, alarms, raisedAt: Math.min(...alarms.map(({ raisedAt }) => raisedAt)) }))
        .sort((one, other) => one.raisedAt - other.raisedAt)
      const named = incidents.map((incident) => ({ ...incident, name: joined(incident.alarms.map(nameOf)) }))
      const truths = entries.flatMap((entry) => entry.truth.map((truth) => ({ ...truth, name: joined(truth.of), entry })))
      expect(named.map(({ name }) => name).sort(), 'the incidents').toEqual(truths.map(({ name }) => name).sort())

      for (const { entry, name: what, within, over, healedWithin = usuallyHealedWithin, tellings = 1 } of truths) {
        const [{ key, alarms } = expect.fail(`${entry.name}: is there`)] = named.splice(
          named.findIndex(({ name }) => name === what),
          1,
        )
        const seconds = (at: number) => Math.round((at - dayAt) / 1000) - entry.at
        for (const alarm of alarms) {
          const name = `${entry.name}: ${nameOf(alarm)}`
          expect(seconds(alarm.raisedAt), `${name}: seconds until it is raised`).toBeLessThanOrEqual(within)
          expect(seconds(alarm.raisedAt), `${name}: seconds until it is raised`).toBeGreaterThanOrEqual(0)
          if (over === undefined || alarm.kind === 'happened') continue
          expect(alarm.healedAt, `${name}: has healed`).not.toBeNull()
          expect(seconds(alarm.healedAt ?? 0), `${name}: seconds until it has healed`).toBeGreaterThanOrEqual(over - 2)
          expect(seconds(alarm.healedAt ?? 0), `${name}: seconds until it has healed`).toBeLessThanOrEqual(over + healedWithin)
        }
        const events = receiver.told.filter((told) => told.key === key && told.event !== 'update').map(({ event }) => event)
        const isOver = alarms.every(({ healedAt }) => healedAt !== null)
        expect(events, `${entry.name}: is told`).toEqual(
          Array.from({ length: tellings }, (_, index) => (isOver || index < tellings - 1 ? ['start', 'end'] : ['start'])).flat(),
        )
      }
    } finally {
      await until(dayAt + minutes * 60_000)
      await takeHealed()
      await engines.stop()
      for (const entry of night) {
        await until(dayAt + minutes * 60_000 + entry.at * 1_000)
        await entry.does(hands)
      }
    }
  })
})
