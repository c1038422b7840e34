import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createSlices } from '../../src/clock/slices.ts'
import { createDossiers } from '../../src/engine/dossier/dossier.ts'
import { someAlarm } from '../../src/shared/alarms.fixture.ts'
import type { Alarm, AlarmChange } from '../../src/shared/alarms.ts'
import { newEvent } from '../../src/shared/events.ts'
import { someIncident } from '../../src/shared/incidents.fixture.ts'
import { ok } from '../../src/shared/result.ts'
import type { PastSession } from '../../src/shared/sessions.ts'
import { streamSubject } from '../../src/shared/subjectNames.ts'
import { machineLoad } from './benchConsole.ts'
import { benchLog, createFeed, dayMs, feedFast, openBenchStore, stepMs } from './benchStore.ts'
import { type Bench, percentile, rounded } from './figures.ts'
import { createMix } from './sampleMix.ts'

const hourMs = 3_600_000
const memberCount = 50
/** A JPEG of a usual size, as far as a dossier looks at it. */
const jpeg = `/9j/${'A'.repeat(40_000)}`

/** A dossier of an hour: of 100 servers with 100 streams each, and of an incident of 50 alarms in it. The history is real; alarms, sessions and pictures are as many as it asks for. */
export const bench: Bench = async (report, { quick }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const servers = quick ? 10 : 100
  const rounds = hourMs / stepMs
  const from = Math.floor(Date.now() / dayMs) * dayMs - 4 * hourMs
  try {
    await using store = await openBenchStore(dataDir, from)
    const mix = createMix(100, rounds)
    const feed = createFeed(store, mix, servers)
    feed.describe(from)
    await feedFast(store, feed, 0, rounds)
    const onset = from + hourMs / 2
    const nameOf = (path: number) => mix.names[path] as string
    store.history.record(
      Array.from({ length: memberCount }, (_, n) =>
        newEvent(
          'streamOff',
          onset + n * 1_000,
          { sourceType: 'rtspSession', remoteAddr: '10.0.0.7' },
          {
            subject: streamSubject('server0', nameOf(n)),
            ownerName: 'server0',
          },
        ),
      ),
    )
    await store.clock.advance(5_000)
    const changes: AlarmChange[] = [
      { kind: 'raised', at: onset, since: onset, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity: 'critical' },
      { kind: 'acknowledged', at: onset + 60_000, by: 'Anna Weber', until: null },
      { kind: 'commented', at: onset + 90_000, by: 'Ben', text: 'encoder 7 restarted' },
      { kind: 'healed', at: onset + 300_000 },
    ]
    const alarms: Alarm[] = Array.from({ length: memberCount }, (_, n) =>
      someAlarm({
        id: `alarm${n}`,
        incident: 'alarm0',
        subject: streamSubject('server0', nameOf(n)),
        serverName: 'server0',
        since: onset,
        raisedAt: onset,
        healedAt: onset + 300_000,
      }),
    )
    const incident = {
      ...someIncident({
        id: 'alarm0',
        subject: streamSubject('server0', nameOf(0)),
        serverName: 'server0',
        since: onset,
        healedAt: onset + 300_000,
        membersTotal: memberCount,
        streams: memberCount,
      }),
      alarms,
    }
    const session = (n: number): PastSession => ({
      ...{
        serverId: 'server0',
        server: 'server0',
        id: String(n).padStart(8, '0'),
        protocol: 'rtsp',
        role: n % 5 === 0 ? 'publisher' : 'reader',
        path: nameOf(n % 100),
      },
      ...{ remoteAddr: `10.0.${n % 200}.7:5000`, user: null, userAgent: 'GStreamer/1.24', began: from, ended: onset, endedAfter: null, bytes: 1e9, lost: 0 },
    })
    const sessions = Array.from({ length: 5_000 }, (_, n) => session(n))
    const picture = { at: onset, bytes: 30_000, widthPx: 480, heightPx: 270, isSlate: false, jpeg }
    const dossiers = createDossiers({
      clock: store.clock,
      log: benchLog,
      slices: createSlices(createSystemClock()),
      version: 'bench',
      isDemo: false,
      servers: () => feed.serverIds.map((id) => ({ id, name: id, url: `http://10.0.0.1:9997/${id}` })),
      hosts: () => [{ id: 'host-0000', name: 'host', serverId: 'server0' }],
      alarms: {
        incident: (id) => (id === 'alarm0' ? incident : null),
        open: () => alarms,
        past: async () => ok([]),
        get: (id) => ({ ...(alarms.find((alarm) => alarm.id === id) as Alarm), changes }),
        readFailures: () => 0,
      },
      messages: () => [],
      history: store.history,
      sessions: async () => ({ sessions, more: false, since: from, keepDays: 30, notStored: 0 }),
      differences: null,
      picturesAround: async () => ({ before: picture, after: picture }),
    })
    const asked = [
      ['of an hour', () => dossiers.ofPeriod({ since: from, until: from + hourMs, lang: 'en', hideAddresses: false }, null)],
      ['of an incident', () => dossiers.ofIncident({ id: 'alarm0', lang: 'en', hideAddresses: false }, null)],
    ] as const
    for (const [what, make] of asked) {
      await make()
      const took: number[] = []
      const held = monitorEventLoopDelay({ resolution: 1 })
      held.enable()
      let bytes = 0
      for (let run = 0; run < 5; run++) {
        const before = performance.now()
        bytes = (await make())?.bytes ?? 0
        took.push(performance.now() - before)
      }
      held.disable()
      report({
        figure: `dossier: ${what}`,
        value: rounded(percentile(took, 50)),
        unit: 'ms',
        goal: '<= 3000',
        limit: null,
        note: `median of 5, slowest ${rounded(Math.max(...took))} ms; ${servers} servers × 100 streams, ${memberCount} alarms; ${rounded(bytes / 1e6)} MB; the engine's thread held for ${rounded(held.max / 1e6)} ms at most; ${machineLoad()}`,
      })
    }
    dossiers[Symbol.dispose]()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
