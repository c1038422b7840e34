import gt from 'semver/functions/gt.js'
import valid from 'semver/functions/valid.js'
import { fetch } from 'undici'
import { z } from 'zod'
import { timeLimit } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import type { UpdateState } from '../shared/access.ts'
import { createWays } from './http/proxies.ts'
import { failureCode } from './http/serverFailure.ts'
import type { EnginePorts } from './ports.ts'
import { bodyWithin } from './readBounded.ts'
import { storedJson } from './storage/storedJson.ts'

const dayMs = 24 * 3_600_000
const limitMs = 20_000
const mostBytes = 256 * 1024

/** `release.json`, as `npm run pack` writes it beside what it has packed. */
const releaseSchema = z.object({ version: z.string().max(100).refine(valid), released: z.iso.date() })

type UpdatesPorts = Pick<EnginePorts, 'clock' | 'log' | 'version' | 'systemProxy'>

/** Looks once a day whether there is a newer version. It only tells: whoever runs a console chooses when it is away for a minute. */
export class Updates {
  readonly #ports: UpdatesPorts
  readonly #url: string
  #state: UpdateState = { newest: null, released: null, isNewer: false, checkedAt: null, problem: null }
  /** Resolves after `signal` has ended it. */
  readonly ended: Promise<void>

  /** `url`: address of a `release.json`. */
  constructor(ports: UpdatesPorts, url: string, signal: AbortSignal) {
    this.#ports = ports
    this.#url = url
    const { clock, log } = ports
    const onBug = (err: unknown) => log.error({ err }, 'newer versions are not looked for')
    const look = async (at: number, stopped: AbortSignal) => {
      this.#state = { ...this.#state, ...(await this.#look(stopped)), checkedAt: at }
    }
    this.ended = every(clock)({ intervalMs: dayMs, delayMs: () => dayMs, timeoutMs: null, seed: 'updates', signal, onBug }, look)
  }

  state(): UpdateState {
    return this.#state
  }

  /** What was read last stays where it can't be read now. */
  async #look(signal: AbortSignal): Promise<Partial<UpdateState>> {
    const ports = this.#ports
    const url = this.#url
    using limit = timeLimit(ports.clock, limitMs, signal)
    const ways = createWays(limitMs, ports.systemProxy)
    try {
      const answer = await fetch(url, {
        dispatcher: await ways.to(url, 'system'),
        headers: { accept: 'application/json' },
        redirect: 'error',
        signal: limit.signal,
      })
      if (!answer.ok) {
        await answer.body?.cancel()
        return { problem: `HTTP ${answer.status}` }
      }
      const body = await bodyWithin(answer.body, mostBytes)
      const release = releaseSchema.safeParse(body && storedJson(body.toString('utf8')))
      if (!release.success) return { problem: 'release.json' }
      const { version, released } = release.data
      return { newest: version, released, isNewer: gt(version, ports.version), problem: null }
    } catch (error) {
      signal.throwIfAborted()
      return { problem: limit.signal.aborted ? 'ETIMEDOUT' : reasonOf(error) }
    } finally {
      await ways.close()
    }
  }
}

/** What undici refuses itself has no code. */
function reasonOf(error: unknown): string {
  const code = failureCode(error)
  return code === 'UNKNOWN' && error instanceof Error && error.cause instanceof Error ? error.cause.message.slice(0, 100) : code
}
