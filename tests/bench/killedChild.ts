// Writes history until it is killed: says which polls are committed. First it looks whether what a killed one before it
// had said is there: `node killedChild.ts DIR WORKER START [FIRST COUNT]`.
import { createTestClock } from '../../src/clock/testClock.ts'
import { createHistory, type History } from '../../src/engine/history/history.ts'
import type { Log } from '../../src/engine/ports.ts'
import { serverSubject, streamSubject } from '../../src/shared/subjectNames.ts'
import { killedServers, nextPoll, valueAt } from './killedPolls.ts'

const [dataDir = '', storeWorker = '', startAt, first, count] = process.argv.slice(2)
/** To a pipe it is written when this returns, and waits where it is not read. */
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (facts, text) => say(`error ${text} ${JSON.stringify(facts)}`), child: () => log }
const widestRangeMs = 5_000_000
let opened: History | null = null
const clock = createTestClock(Number(startAt), async () => opened?.settled())
const made = await createHistory({
  clock,
  log,
  dataDir,
  readSpace: async () => ({ freeBytes: 50e9, totalBytes: 100e9 }),
  storeWorker: new URL(storeWorker),
})
if (!made.ok) throw new Error(made.error.words)
const history = made.value
opened = history
if (first !== undefined && count !== undefined) {
  const times = [Number(first)]
  for (let n = 1; n < Number(count); n++) times.push(nextPoll(times.at(-1) as number, n))
  const found = new Map(killedServers.map((serverId) => [serverId, new Map<number, number>()]))
  // A bucket must be narrower than two polls are apart, however long the run was.
  for (let from = times[0] as number; from <= (times.at(-1) as number); from += widestRangeMs) {
    const columns = await history.range({
      series: killedServers.map((serverId) => ({ subject: streamSubject(serverId, 'cam1'), metric: 'path.linkCapacity' as const })),
      from,
      to: from + widestRangeMs,
      points: 5000,
      tier: 'samples',
    })
    for (const [n, { at, mean }] of columns.entries()) for (const [i, time] of at.entries()) found.get(killedServers[n] as string)?.set(time, mean[i] as number)
  }
  let lost = 0
  for (const of of found.values()) for (const at of times) if (of.get(at) !== valueAt(at)) lost++
  say(`found ${found.size * times.length - lost} lost ${lost}`)
}
for (let polls = 1; ; polls++) {
  const at = clock.now()
  for (const serverId of killedServers)
    history.append({
      owner: serverSubject(serverId),
      at,
      parts: ['cam1', 'cam2'],
      metrics: ['path.linkCapacity', 'path.readers'],
      values: Float64Array.of(valueAt(at), 1, Number.NaN, valueAt(at)),
    })
  const pause = nextPoll(at, polls) - at
  if (pause > 2000) await clock.sleepMachine(pause)
  else await clock.advance(pause)
  // The second of the commit has passed, and nothing is on its way any more.
  say(`committed ${at}`)
}
