import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClipGraphs, readClips, type SeenClip } from '../../tests/fakes/readClips.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { machineName } from '../demo/demoWorkloads.ts'
import { TroubledHost, troubleMachine } from '../demo/troubledHost.fixture.ts'
import {
  addressesOfProbes,
  type ProbeTrouble,
  type Shift,
  weekBeginsAt as startAt,
  type WeekHands,
  type WeekProbe,
  week,
  weekProbes,
  weekServers,
} from '../demo/week.fixture.ts'
import type { Alarm } from '../shared/alarms.ts'
import { maintenanceInputSchema } from '../shared/maintenance.ts'
import { goodPlaylist, goodReading, goodTs } from '../shared/probeReadings.fixture.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { probeInputSchema } from '../shared/probes.ts'
import { partOf } from '../shared/subjectNames.ts'
import type { MediaPort } from './ports.ts'
import { backupFolder } from './storage/backups.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

/** This server is not in the configuration file: it was added in the console, and can be paused there. */
const addedHere = 'Wien'
/** A Monday, 9 h in Berlin. */
const day = 86_400_000
const usuallyHealedWithin = 20

const nameOf = ({ rule, kind, serverName, subject }: Alarm): string => {
  const part = partOf(subject)
  return `${rule ?? kind} ${serverName}${part === null ? '' : subject.kind === 'stream' ? `/${part}` : ` ${part}`}`
}
const joined = (names: readonly string[]) => [...names].sort().join(' + ')

interface Received {
  readonly event: 'start' | 'update' | 'end'
  readonly key: string
}
async function createReceiver(): Promise<{
  readonly url: string
  readonly received: Received[]
  /** null: it takes everything. */
  readonly answer: (status: 400 | 503 | null) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}> {
  const received: Received[] = []
  let status: 400 | 503 | null = null
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      if (status !== null) response.statusCode = status
      else received.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
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
const toneAt = (lufs: number) => `aevalsrc='pow(10,${lufs}/20)*sin(2*PI*1000*t)|pow(10,${lufs}/20)*sin(2*PI*1000*t)':s=48000`
const moving = 'testsrc2=size=$s:rate=25'
const standing = `${moving},loop=loop=-1:size=1`
const ofColour = (colour: string) => `color=c=${colour}:size=$s:rate=25`
const sound = toneAt(-23)
/** What is in the pictures and sound of the probes that are looked at: real clips, in which the media process finds what it finds. */
const clips = {
  well: { sound },
  black: { picture: `${ofColour('black')},drawbox=x=270:y=10:w=40:h=30:color=white:t=fill`, sound },
  oneColour: { picture: ofColour('blue'), sound },
  colourBars: { picture: 'smptehdbars=size=$s:rate=25', sound },
  frozen: { picture: standing, sound },
  // A small box jumps about over one of two colours.
  still: {
    picture: `${ofColour('red')},drawbox=w=160:color=green:t=fill[a];color=white:size=16x14:rate=25[b];[a][b]overlay=x='mod(t*31,120)':y=90`,
    sound,
  },
  silent: { sound: 'anullsrc=sample_rate=48000' },
  clipped: { sound: 'sine=frequency=1000:sample_rate=48000,volume=30dB' },
  tooLoud: { sound: toneAt(-12) },
} as const satisfies Record<string, ClipGraphs>
const isClip = (trouble: string): trouble is keyof typeof clips => Object.hasOwn(clips, trouble)
/** What one look has otherwise than a good one. */
const readIn: Readonly<Record<Exclude<ProbeTrouble, 'gone' | keyof typeof clips>, Partial<ProbeReading>>> = {
  slow: { response: { ...goodReading.response, answerMs: 4_000 } },
  thin: { bitrateBps: 300_000 },
  jerky: { video: { ...goodVideo, fps: 12 } },
  small: { video: { ...goodVideo, widthPx: 1_280, heightPx: 720 } },
  rareKeyFrames: { gop: { count: 1, frames: 500, lastMs: 20_000, usualMs: 20_000, longestMs: 20_000 } },
  soundApart: { audioAheadMs: 1_500 },
  otherInterval: { gop: { count: 2, frames: 100, lastMs: 4_000, usualMs: 4_000, longestMs: 4_000 } },
  staleList: { hls: { playlists: [{ ...goodPlaylist, ageMs: 3 * (goodPlaylist.targetMs ?? 0) }], more: 0 } },
  tsBroken: { ts: { ...goodTs, continuityErrors: 12 } },
}

/** What probes read, at once: a read that takes its time keeps the week waiting. `seen`: what was found in each clip. */
function createProbedStreams(seen: () => Readonly<Record<keyof typeof clips, SeenClip>>) {
  const troubles = new Map<string, ProbeTrouble>()
  const urlOf = (name: WeekProbe) => addressesOfProbes[name] ?? `rtsp://10.0.0.9/${encodeURIComponent(name)}`
  let isReading = true
  const none = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
  const media: MediaPort = {
    snapshot: async () => none,
    tools: async () => none,
    probe: async ({ url, content }, onReading) => {
      if (!isReading) return { kind: 'unavailable', because: 'keepsEnding' }
      // Without the mark of this console's own reads.
      const plain = url.split('?')[0] ?? ''
      const trouble = troubles.get(plain)
      if (trouble === 'gone') return { kind: 'unreachable', doing: 'opening', said: 'Connection refused' }
      const beside = plain === urlOf('Mast') ? { hls: { playlists: [goodPlaylist], more: 0 }, ts: goodTs } : {}
      const clip = content == null ? null : seen()[trouble !== undefined && isClip(trouble) ? trouble : 'well']
      const other = trouble === undefined || isClip(trouble) ? {} : readIn[trouble]
      onReading({ ...goodReading, ...beside, content: clip?.content ?? null, ...other }, clip?.evidence ?? null)
      return null
    },
  }
  return {
    media,
    setReading: (reads: boolean) => {
      isReading = reads
    },
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

describe('a week of troubles: the incidents are those that the script names, in time, and notified once each', () => {
  let engines: TestEngines
  let fleet: DemoFleet
  let receiver: Awaited<ReturnType<typeof createReceiver>>
  let pager: typeof receiver
  beforeAll(async () => {
    seen = await readClips(clips)
    engines = await createTestEngines(startAt, 2_000, 20)
    receiver = engines.open.use(await createReceiver())
    pager = engines.open.use(await createReceiver())
    fleet = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'week', servers: weekServers, hosts: TroubledHost }))
  })
  afterAll(async () => {
    await engines[Symbol.asyncDispose]()
    // What somebody moved away is logged as an error, because it is one.
    expect(engines.bugs).toEqual([expect.objectContaining({ text: expect.stringContaining('alarms.db was removed') })])
  })

  /** The system takes this address for this machine, and mtxdeck for another one. */
  const servers = () => fleet.yamlServers().map((server) => ({ ...server, url: server.url.replace('127.0.0.1', '0.0.0.0') }))
  const dataDir = () => join(engines.folder, 'data')
  const network = { isThere: true }
  let seen: Readonly<Record<keyof typeof clips, SeenClip>>
  const probed = createProbedStreams(() => seen)
  const open = () =>
    engines.start(
      {
        hasNetwork: () => network.isThere,
        // So that a fleet of this size can cost too much.
        costLimitPercent: 0.2,
        servers: servers().filter(({ name }) => name !== addedHere),
        hosts: fleet.yamlHosts().map((host) => ({ ...host, intervalSeconds: 10 })),
        channels: [
          { name: 'ops', webhook: receiver.url },
          { name: 'pager', webhook: pager.url },
        ],
        // Somebody has to say so.
        rules: [
          { id: 'bitrateLow', below: 500_000, clear: 600_000 },
          { id: 'probeBitrateLow', below: 500_000, clear: 600_000 },
          { id: 'probeAnswersSlowly', above: 2_000, clear: 1_500 },
          { id: 'probeFrameRateLow', below: 0.8, clear: 0.9, severity: 'warning' },
          { id: 'keyFramesRare', above: 10_000, clear: 9_000, severity: 'warning' },
          { id: 'noReaders', enabled: true, streams: ['oper'] },
          { id: 'gopChanged', enabled: true, probes: ['Dach'] },
        ],
        probes: probed.inputs,
      },
      { media: probed.media },
    )
  type Client = Awaited<ReturnType<typeof open>>['client']
  const idOf = async (client: Client, name: string) => (await client.servers.list()).find((server) => server.name === name)?.id ?? ''
  const handsOf = (client: Client): WeekHands => ({
    on: (server, trouble) => fleet.server(server).trouble(trouble),
    under: (server, trouble) => troubleMachine(fleet, server, trouble),
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
    moveAlarms: () => renameSync(join(dataDir(), 'alarms.db'), join(engines.folder, 'elsewhere.db')),
    probe: probed.reads,
    readNothing: (seconds) => {
      probed.setReading(false)
      engines.clock.setTimeout(() => probed.setReading(true), seconds * 1_000)
    },
    cutConsole: (seconds) => {
      network.isThere = false
      engines.clock.setTimeout(() => {
        network.isThere = true
      }, seconds * 1_000)
      for (const { name } of fleet.servers) {
        fleet.server(name).trouble({ kind: 'reset', forMs: seconds * 1_000 })
        troubleMachine(fleet, name, { kind: 'unreachable', forMs: seconds * 1_000 })
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

      for (const { entry, name: what, within, over, healedWithin = usuallyHealedWithin, notifications = 1, processEnded } of truths) {
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
        const events = receiver.received.filter((one) => one.key === key && one.event !== 'update').map(({ event }) => event)
        const isOver = alarms.every(({ healedAt }) => healedAt !== null)
        expect(events, `${entry.name}: is notified`).toEqual(
          Array.from({ length: notifications }, (_, index) => (isOver || index < notifications - 1 ? ['start', 'end'] : ['start'])).flat(),
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
