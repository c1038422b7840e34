import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { engineEnv, engineFlags } from '../../bin/node24.mjs'
import type { EngineUse, LiveMemory } from './engineChild.ts'
import { type Bench, rounded } from './figures.ts'

/** As bin/mtxdeck.mjs starts the engine. */
const childEnv = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/mtxdeck', import.meta.url)), ...engineEnv, ...process.env }

/** A process of this folder with its arguments; ended by `disconnect`. */
const start = (file: string, args: readonly string[]): ChildProcess =>
  fork(new URL(file, import.meta.url), [...args], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...engineFlags],
    serialization: 'advanced',
    env: childEnv,
  })

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended (${code})`)
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [T]
  return message
}

interface Goals {
  readonly cpu: string
  readonly rss: string | null
  readonly tail: boolean
}

/**
 * Engine with its store against the demo fleet over loopback, recorded 1.20.1 shapes: a publisher a path, half a reader,
 * session lists as the engine asks for them.
 */
export const bench: Bench = async (report, { quick }) => {
  const sizes: readonly (readonly [number, number, Goals])[] = [
    [1, 100, { cpu: '<= 1.5', rss: '<= 170', tail: false }],
    [100, 100, { cpu: '<= 12', rss: '<= 300', tail: false }],
    [100, 1000, { cpu: '<= 50', rss: null, tail: true }],
  ]
  for (const [servers, paths, goals] of sizes) {
    const fleet = start('fleetChild.ts', [String(servers), String(paths)])
    const engine = start('engineChild.ts', [])
    try {
      engine.send(await answerOf<never>(fleet))
      await answerOf(engine)
      // First contact, configuration and compilation are not what runs for months.
      await new Promise((resolve) => setTimeout(resolve, quick ? 8_000 : 20_000))
      engine.send('measure')
      await answerOf(engine)
      await new Promise((resolve) => setTimeout(resolve, quick ? 10_000 : 40_000))
      engine.send('measure')
      const use = await answerOf<EngineUse>(engine)
      engine.send('watch')
      // Whole collections come each half a minute; the tail must have seen several of them.
      const watchedMs = quick ? 10_000 : goals.tail ? 300_000 : 40_000
      await new Promise((resolve) => setTimeout(resolve, watchedMs))
      engine.send('measure')
      const { longestHoldMs } = await answerOf<EngineUse>(engine)
      engine.send('live')
      const live = await answerOf<LiveMemory>(engine)
      const name = `poll ${servers} × ${paths}`
      if (use.live < servers * paths * 0.99) throw new Error(`${name}: only ${use.live} of ${servers * paths} streams are live: nothing was measured`)
      // A machine too busy to poll in time did less than was asked: its use of CPU says nothing about the goal.
      const inTime = use.intervalSeconds < 2.1
      const note = `${use.streams} streams, ${use.live} live, a poll each ${rounded(use.intervalSeconds)} s${inTime ? '' : ', not each 2 s: not judged'}`
      report({ figure: `${name}: CPU`, value: rounded(use.cpuPercent), unit: '% of a core', goal: inTime ? goals.cpu : null, limit: null, note })
      report({ figure: `${name}: memory`, value: rounded(use.rssMegabytes), unit: 'MB', goal: goals.rss, limit: '43 MB: bare Node', note: null })
      report({
        figure: `${name}: of it in use by the engine's thread`,
        value: rounded(live.heapMegabytes + live.bufferMegabytes),
        unit: 'MB',
        goal: null,
        limit: null,
        note: `${rounded(live.heapMegabytes)} MB of heap, ${rounded(live.bufferMegabytes)} MB of answers and buffers, after a collection`,
      })
      report({
        figure: `${name}: answer to samples, p50`,
        value: rounded(use.handledP50Ms),
        unit: 'ms',
        goal: null,
        limit: null,
        note: `${use.rounds} rounds in ${rounded(use.seconds)} s`,
      })
      report({
        figure: `${name}: answer to samples, p99`,
        value: rounded(use.handledP99Ms),
        unit: 'ms',
        goal: goals.tail ? '<= 20' : null,
        limit: null,
        note: null,
      })
      report({
        figure: `${name}: event loop held, longest`,
        value: rounded(longestHoldMs),
        unit: 'ms',
        goal: goals.tail ? '<= 50' : null,
        limit: null,
        note: `in ${watchedMs / 1000} s`,
      })
    } finally {
      for (const child of [engine, fleet]) {
        child.disconnect()
        if (child.exitCode === null) await once(child, 'exit')
      }
    }
  }
}
