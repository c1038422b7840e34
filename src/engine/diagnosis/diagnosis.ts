import { randomUUID } from 'node:crypto'
import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { type Diagnosis, type DiagnosisFinding, diagnosesKept, diagnosisEndpoints, diagnosisSteps } from '../../shared/diagnosis.ts'
import { verdictOf } from '../../shared/diagnosisVerdict.ts'
import { aboutServer, aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { uncarriedBy } from '../../shared/playabilityOf.ts'
import type { Server, ServerConfiguration } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import type { Log } from '../ports.ts'
import type { ServerAccess } from '../servers/readings.ts'
import { createStepRun, endpointsOf } from './endpoints.ts'
import { examineServer, examineStream, type LastPublisher } from './examine.ts'
import { examineHost, type ReadHost } from './examineHost.ts'

interface DiagnosesDeps {
  readonly clock: Clock
  readonly log: Log
  /** Identifies our own reads in servers' lists. */
  readonly tag: string
  readonly version: string
  readonly server: (id: string) => Server | null
  readonly accessOf: (id: string) => ServerAccess | null
  readonly configuration: (id: string) => ServerConfiguration | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** RTSP address of a stream, with credentials if they may be sent; null: none. */
  readonly rtspSource: (serverId: string, path: string) => string | null
  /** Reads the machine on which a server runs; null: not known. */
  readonly readHost: (serverId: string, signal: AbortSignal) => ReturnType<ReadHost>
  /** How far apart the key frames of a stream are by a probe that reads it, s; null: not measured. */
  readonly keyFramesApart: (serverId: string, path: string) => number | null
  /** The last publisher according to stored sessions; null: none, or unknown. */
  readonly lastPublisher: (serverId: string, path: string, signal: AbortSignal) => Promise<LastPublisher | null>
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

interface DiagnosisInput {
  readonly serverId: string
  /** null: only the server. */
  readonly path: string | null
  readonly wakesOnDemand: boolean
  readonly by: string
}

export type Diagnoses = ReturnType<typeof createDiagnoses>

const wholeLimitMs = 30_000
/** Maximum number of servers and streams with stored diagnoses; the one diagnosed longest ago is dropped first. */
const mostSubjects = 100

interface Kept {
  /** Newest first. */
  diagnoses: readonly Diagnosis[]
  running: Promise<Diagnosis> | null
}

const keyOf = (serverId: string, path: string | null): string => JSON.stringify([serverId, path])

export function createDiagnoses(deps: DiagnosesDeps) {
  const { log } = deps
  const kept = new Map<string, Kept>()

  const begin = (key: string, server: Server, input: DiagnosisInput): Promise<Diagnosis> => {
    const one = kept.get(key) ?? { diagnoses: [], running: null }
    kept.delete(key)
    kept.set(key, one)
    for (const [oldest, { running }] of kept) {
      if (kept.size <= mostSubjects) break
      if (running === null && oldest !== key) kept.delete(oldest)
    }
    const id = randomUUID()
    const note = (diagnosis: Diagnosis) => {
      one.diagnoses = [diagnosis, ...one.diagnoses.filter((other) => other.id !== id)].slice(0, diagnosesKept)
    }
    const running = diagnose(deps, server, input, id, note).finally(() => {
      one.running = null
      // A diagnosis that did not finish is removed.
      one.diagnoses = one.diagnoses.filter(({ endedAt }) => endedAt !== null)
    })
    one.running = running
    return running
  }

  return {
    /** Resolves when the diagnosis ends, after at most 30 s. If one is already running, returns that one. null: unknown server. */
    run: (input: DiagnosisInput): Promise<Diagnosis> | null => {
      const key = keyOf(input.serverId, input.path)
      const server = deps.server(input.serverId)
      if (server === null) return null
      const running = kept.get(key)?.running ?? begin(key, server, input)
      running.catch((error: unknown) => {
        if (!deps.signal.aborted) log.error({ err: error, serverId: input.serverId }, 'a diagnosis failed')
      })
      return running
    },
    /** Stored diagnoses, newest first, including one in progress. null: unknown server. */
    kept: (serverId: string, path: string | null): readonly Diagnosis[] | null =>
      deps.server(serverId) === null ? null : (kept.get(keyOf(serverId, path))?.diagnoses ?? []),
    settled: async (): Promise<void> => {
      await Promise.allSettled([...kept.values()].map(({ running }) => running))
    },
  }
}

async function diagnose(deps: DiagnosesDeps, server: Server, input: DiagnosisInput, id: string, note: (diagnosis: Diagnosis) => void): Promise<Diagnosis> {
  const { clock, tag, version } = deps
  const { serverId, path, by } = input
  const findings: DiagnosisFinding[] = []
  const begun: Diagnosis = { id, serverId, server: server.name, path, by, startedAt: clock.now(), endedAt: null, findings: [], verdict: null }
  note(begun)
  using whole = timeLimit(clock, wholeLimitMs, deps.signal)
  const run = createStepRun(clock, whole.signal, (finding) => {
    findings.push(finding)
    note({ ...begun, findings: inOrder(findings) })
  })
  const access = deps.accessOf(serverId)
  const configuration = deps.configuration(serverId)
  if (access !== null) {
    const { url, authorization, fingerprint, gate = null } = access
    const means = { clock, tag, userAgent: `mtxdeck/${version}`, url, authorization, fingerprint, gate }
    const endpoints = endpointsOf(server, configuration?.global ?? {})
    const examination = { run, means, endpoints }
    const ofHost = examineHost({ run, endpoints, url: server.url, path, readHost: (signal) => deps.readHost(serverId, signal) })
    try {
      const [ofServer] = await Promise.all([examineServer(examination), ofHost])
      if (path !== null) {
        const stream = deps.stream(serverId, path)
        const lastPublisher = (signal: AbortSignal) => deps.lastPublisher(serverId, path, signal)
        const rtsp = deps.rtspSource(serverId, path)
        const global = configuration === null || configuration.readAt === null ? undefined : configuration.global
        await examineStream(examination, ofServer, {
          ...{ path, stream, configuration, wakesOnDemand: input.wakesOnDemand, rtsp, lastPublisher },
          uncarried: (by) => stream && uncarriedBy(by, { stream, version: server.version, global, findings: [] }),
          keyFramesApart: deps.keyFramesApart(serverId, path),
        })
      }
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error
    }
  }
  const ordered = inOrder(findings)
  const verdict = verdictOf({ findings: ordered, host: new URL(server.url).hostname, path })
  const done: Diagnosis = { ...begun, endedAt: clock.now(), findings: ordered, verdict }
  note(done)
  deps.record([newEvent('diagnosed', done.endedAt ?? clock.now(), { by, verdict }, path === null ? aboutServer(server) : aboutStream(server, path))])
  return done
}

/** Sorts findings for display: steps may end in any order. */
const inOrder = (findings: readonly DiagnosisFinding[]): DiagnosisFinding[] =>
  findings.toSorted((a, b) => diagnosisSteps.indexOf(a.step) - diagnosisSteps.indexOf(b.step) || rankOf(a) - rankOf(b))
const rankOf = ({ endpoint }: DiagnosisFinding): number => (endpoint === null ? -1 : diagnosisEndpoints.indexOf(endpoint))
