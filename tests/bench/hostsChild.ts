// Our side of the hosts' bench in a process of its own: the noun, its connections, parsers and the history. Answers `measure`
// with what it used since the last time, `add` with more hosts, and ends with its parent.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import BetterSqlite3 from 'better-sqlite3'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createHistory } from '../../src/engine/history/history.ts'
import { createRemoteHosts } from '../../src/engine/hosts/hostCollector.ts'
import { createHostRows } from '../../src/engine/hosts/hostRows.ts'
import { createHosts } from '../../src/engine/hosts/hosts.ts'
import { createLocalHost } from '../../src/engine/hosts/localHost.ts'
import { mainMigrations } from '../../src/engine/storage/mainMigrations.ts'
import { migrate } from '../../src/engine/storage/migrate.ts'
import { Members } from '../../src/engine/watching/watchList.ts'
import { type HostInput, hostInputSchema } from '../../src/shared/hosts.ts'
import { hostSubject, ownerIdOf } from '../../src/shared/subjectNames.ts'
import { benchLog } from './benchStore.ts'
import { percentile } from './figures.ts'

export interface BenchHostInput {
  readonly name: string
  readonly ssh: string
}
export interface HostsOrder {
  readonly hosts: readonly BenchHostInput[]
  readonly keyFile: string
  readonly knownHostsFile: string
}
export interface HostsUse {
  readonly seconds: number
  /** All threads of the process. */
  readonly cpuMs: number
  readonly readings: number
  readonly failures: number
  readonly answerP50Ms: number
  readonly answerP99Ms: number
  readonly longestHoldMs: number
  readonly rssMegabytes: number
  /** Before there were hosts: the same process, its store open. */
  readonly rssBeforeMegabytes: number
}

const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
const clock = createSystemClock()

process.once('message', async (order: HostsOrder) => {
  const made = await createHistory({
    clock,
    log: benchLog,
    dataDir,
    storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url),
    version: 'bench',
  })
  if (!made.ok) throw new Error(made.error.words)
  const history = made.value
  const db = new BetterSqlite3(join(dataDir, 'main.db'))
  migrate(db, mainMigrations)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const rssBefore = process.memoryUsage.rss()
  const stop = new AbortController()
  // On for the storm, then only while it is asked for: it wakes the process 200 times a second, which costs as much as fifty hosts.
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const seen = new Set<string>()
  let answers: number[] = []
  let failures = 0
  let cpu = process.cpuUsage()
  let began = performance.now()
  let allSeen = () => {}
  const all = new Promise<void>((resolve) => {
    allSeen = resolve
  })
  const inputOf = ({ name, ssh }: BenchHostInput): HostInput =>
    hostInputSchema.parse({ name, ssh, auth: { kind: 'key', keyFile: order.keyFile }, knownHostsFile: order.knownHostsFile, intervalSeconds: 1 })

  delay.enable()
  const hosts = createHosts(
    {
      clock,
      log: benchLog,
      rows: createHostRows(db),
      members: new Members(),
      box: null,
      localHost: createLocalHost(clock),
      createRemote: createRemoteHosts(clock),
      knownHostsFiles: [],
      append: (batch) => {
        const answerMs = batch.values[batch.metrics.indexOf('host.answerMs')]
        // Takes the values with it.
        history.append(batch)
        if (batch.parts !== null) return
        if (answerMs === undefined || Number.isNaN(answerMs)) failures++
        else {
          answers.push(answerMs)
          if (seen.size < order.hosts.length && seen.add(ownerIdOf(batch.owner)).size === order.hosts.length) allSeen()
        }
      },
      gap: (id, at) => history.gap(hostSubject(id), at),
      describe: (id, at, facts) => history.describe(hostSubject(id), at, [{ part: null, facts }]),
      record: history.record,
      forget: (id) => history.forget(hostSubject(id)),
      fullAt: async () => new Map(),
      servers: () => [],
      configurationOf: () => ({}),
      isOffline: () => false,
      settings: { read: () => null, write: () => {} },
      offersThisMachine: false,
      signal: stop.signal,
    },
    order.hosts.map((host) => {
      const { serverId, paused, ...input } = inputOf(host)
      return { ...input, server: null }
    }),
  )
  const use = (): HostsUse => {
    const used = process.cpuUsage(cpu)
    const use: HostsUse = {
      seconds: (performance.now() - began) / 1000,
      cpuMs: (used.user + used.system) / 1000,
      readings: answers.length,
      failures,
      answerP50Ms: percentile(answers, 50),
      answerP99Ms: percentile(answers, 99),
      longestHoldMs: delay.max / 1e6,
      rssMegabytes: process.memoryUsage.rss() / 1e6,
      rssBeforeMegabytes: rssBefore / 1e6,
    }
    answers = []
    failures = 0
    delay.disable()
    delay.reset()
    cpu = process.cpuUsage()
    began = performance.now()
    return use
  }
  process.on('message', (message: 'measure' | 'watch' | { readonly add: readonly BenchHostInput[] }) => {
    if (message === 'measure') return process.send?.(use())
    if (message === 'watch') return delay.enable()
    for (const host of message.add) {
      const added = hosts.add(inputOf(host))
      if (!added.ok) throw new Error(added.error)
    }
  })
  process.on('disconnect', async () => {
    stop.abort()
    await hosts.ended()
    await history[Symbol.asyncDispose]()
    db.close()
    rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
  // The first answer of each host: what it took until then is the storm of connects.
  await all
  process.send?.(use())
})
