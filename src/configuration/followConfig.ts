import { stat } from 'node:fs/promises'
import type { Clock } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { Log } from '../engine/ports.ts'
import type { Result } from '../shared/result.ts'
import type { Problem } from '../shared/validationErrors.ts'
import { type HeadlessConfig, namedIn, untilRestart } from './config.ts'

/** Reads file, environment and flags again; `note` is called with each file that is read, or should have been. */
export type RereadConfig = (note: (file: string) => void) => Result<HeadlessConfig, readonly Problem[]>

/** Files are checked periodically, because change notifications don't work on all systems, network folders and mounted secrets. */
export const checkEveryMs = 2_000

/**
 * Follows the configuration file and the files of secrets that it names. A change is read once the files stayed the same from one
 * check to the next, so that a file that is still being written is ignored. The configuration is validated as a whole; one with a mistake
 * changes nothing and is reported. Servers, hosts, channels, routes, maintenance, times on air, probes, other consoles, canaries, the daily check, naming and
 * rules change while the console runs; other settings wait for its next start.
 */
export async function followConfig({
  clock,
  log,
  config,
  reread,
  engine,
  signal,
}: {
  readonly clock: Clock
  readonly log: Log
  readonly config: HeadlessConfig
  readonly reread: RereadConfig
  readonly engine: Pick<Engine, 'applyYaml' | 'refuseYaml'>
  readonly signal: AbortSignal
}): Promise<void> {
  const file = config.file ?? ''
  let inForce = namedIn(config)
  let files: readonly string[] = []
  let refused = ''
  let waiting = ''
  let seen: string | null = null

  const look = async (): Promise<string> => {
    const marks = files.map((each) =>
      stat(each).then(
        ({ dev, ino, size, mtimeMs }) => `${each} ${dev} ${ino} ${size} ${mtimeMs}`,
        () => each,
      ),
    )
    return (await Promise.all(marks)).join('\n')
  }
  const read = (): void => {
    const named = new Set<string>()
    const next = reread((each) => named.add(each))
    // A file with a mistake may name fewer files than intended, so the earlier ones are still checked.
    files = next.ok ? [...named] : [...new Set([...files, ...named])]
    if (!next.ok) {
      const problems = JSON.stringify(next.error)
      if (problems !== refused) engine.refuseYaml(file, next.error)
      refused = problems
      return
    }
    const wanted = namedIn(next.value)
    if (refused !== '' || JSON.stringify(wanted) !== JSON.stringify(inForce)) engine.applyYaml(file, wanted)
    inForce = wanted
    refused = ''
    const [before, after] = [untilRestart(config), untilRestart(next.value)]
    const later = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    if (later.length > 0) log.warn({ settings: later }, `Changed settings take effect at the next start: ${later.join(', ')}`)
  }

  await every(clock)(
    {
      intervalMs: checkEveryMs,
      timeoutMs: null,
      seed: 'configuration',
      signal,
      onBug: (error) => log.error({ error }, 'The configuration file could not be followed'),
    },
    async () => {
      if (seen === null) {
        // The file may have changed since it was read at the start.
        read()
        seen = await look()
        waiting = seen
        return
      }
      const now = await look()
      const isStill = now === waiting
      waiting = now
      if (now === seen || !isStill) return
      read()
      seen = await look()
      waiting = seen
    },
  )
}
