import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.ts'
import { machineName } from '../demo/demoMachine.ts'
import { addressesOfProbes, type ProbeTrouble, type Shift, type WeekHands, type WeekProbe, week, weekProbes, weekServers } from '../demo/week.fixture.ts'
import type { Alarm } from '../shared/alarms.ts'
import { maintenanceInputSchema } from '../shared/maintenance.ts'
import { type Content, contentChecks, type LastingCheck } from '../shared/probeContent.ts'
import { goodReading } from '../shared/probeReadings.fixture.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { probeInputSchema } from '../shared/probes.ts'
import { partOf } from '../shared/subjects.ts'
import type { MediaPort } from './ports.ts'
import { backupFolder } from './storage/backups.ts'
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
  /** null: it takes what it is told. */
  readonly answer: (status: 400 | 503 | null) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}> {
  const told: Told[] = []
  let status: 400 | 503 | null = null
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      if (status !== null) response.statusCode = status
      else told.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told,
    answer: (next) => {
      status = next
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const goodVideo = goodReading.video ?? expect.fail('the good reading has video')
const goodContent: Content = {
  pictures: 5,
  undecoded: [],
  darkPercent: 20,
  motionPercent: 4,
  peakDbfs: -9,
  clippedPercent: 0,
  loudnessLufs: -23,
  findings: [],
  judged: [...contentChecks],
}
/** Something that was so from the beginning to the end of a look. */
const lasting = (check: LastingCheck, more: Partial<Content> = {}): Partial<ProbeReading> => ({
  content: { ...goodContent, findings: [{ check, seconds: 5, isFromStart: true }], ...more },
})
/** What one look has otherwise than a good one. */
const readIn: Readonly<Record<Exclude<ProbeTrouble, 'gone'>, Partial<ProbeReading>>> = {
  slow: { response: { ...goodReading.response, answerMs: 4_000 } },
  thin: { bitrateBps: 300_000 },
  jerky: { video: { ...goodVideo, fps: 12 } },
  small: { video: { ...goodVideo, widthPx: 1_280, heightPx: 720 } },
  rareKeyFrames: { gop: { count: 1, frames: 500, lastMs: 20_000, usualMs: 20_000, longestMs: 20_000 } },
  soundApart: { audioAheadMs: 1_500 },
  black: lasting('black', { darkPercent: 100, motionPercent: 0 }),
  oneColour: lasting('oneColour', { motionPercent: 0 }),
  colourBars: lasting('colourBars'),
  frozen: lasting('frozen', { motionPercent: 0 }),
  still: lasting('noMotion', { motionPercent: 0.1 }),
  silent: lasting('silent', { peakDbfs: -70, loudnessLufs: null }),
  clipped: { content: { ...goodContent, peakDbfs: 0, clippedPercent: 40 } },
  tooLoud: { content: { ...goodContent, loudnessLufs: -14 } },
}

/** What probes read, at once: a read that takes its time keeps the week waiting. */
function createProbedStreams() {
  const troubles = new Map<string, ProbeTrouble>()
  const urlOf = (name: WeekProbe) => addressesOfProbes[name] ?? `rtsp://10.0.0.9/${encodeURIComponent(name)}`
  const none = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
  const media: MediaPort = {
    snapshot: async () => none,
    tools: async () => none,
    probe: async ({ url, content }, onReading) => {
      // Without the mark of this console's own reads.
      const trouble = troubles.get(url.split('?')[0] ?? '')
      if (trouble === 'gone') return { kind: 'unreachable', doing: 'opening', said: 'Connection refused' }
      onReading({ ...goodReading, content: content == null ? null : goodContent, ...(trouble !== undefined && readIn[trouble]) }, null)
      return null
    },
  }
  return {
    media,
    reads: (name: WeekProbe, trouble: ProbeTrouble | 'well') => {
      if (trouble === 'well') troubles.delete(urlOf(name))
      else troubles.set(urlOf(name), trouble)
    },
    inputs: weekProbes.map((name) =>
      probeInputSchema.parse({
        name,
        url: urlOf(name),
        intervalSeconds: 15,
        lookSeconds: 5,
        contract: name === 'Kran' ? { widthPx: 1_920, heightPx: 1_080 } : null,
        profile: ['Bühne', 'Foyer', 'Hof', 'Saal'].includes(name) ? 'studio' : null,
      }),
    ),
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
    // What somebody moved away is logged as an error, because it is one.
    expect(engines.bugs).toEqual([expect.objectContaining({ text: expect.stringContaining('(alarms.db) was removed') })])
  })

  /** The system takes this address for this machine, and mtxdeck for another one. */
  const servers = () => fleet.yamlServers().map((server) => ({ ...server, url: server.url.replace('127.0.0.1', '0.0.0.0') }))
  const dataDir = () => join(engines.folder, 'data')
  const network = { isThere: true }
  const probed = createProbedStreams()
  const open = () =>
    engines.start(
      {
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
        yamlProbes: probed.inputs,
      },
      { media: probed.media },
    )
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
    refuse: (refuses) => pager.answer(refuses ? 400 : null),
    busy: (seconds) => {
      pager.answer(503)
      engines.clock.setTimeout(() => pager.answer(null), seconds * 1_000)
    },
    blockBackups: (seconds) => {
      const [folder, elsewhere] = [backupFolder(dataDir()), join(engines.folder, 'backups')]
      renameSync(folder, elsewhere)
      writeFileSync(folder, 'a file where the folder should be')
      engines.clock.setTimeout(() => {
        rmSync(folder)
        renameSync(elsewhere, folder)
      }, seconds * 1_000)
    },
    moveClosedAlarms: () => renameSync(join(dataDir(), 'alarms.db'), join(engines.folder, 'elsewhere.db')),
    probe: probed.reads,
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

      for (const { entry, name: what, within, over, healedWithin = usuallyHealedWithin, tellings = 1, processEnded } of truths) {
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
        if (processEnded !== undefined)
          expect(
            alarms.some(({ causes = [] }) => causes.some(({ facts }) => facts.kind === 'processEnded')),
            `${entry.name}: its process ended`,
          ).toBe(processEnded)
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
