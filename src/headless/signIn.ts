import { type Clock, doublingMs, sleep } from '../clock/clock.ts'
import { senderKey } from '../configuration/clientAddress.ts'
import type { Log } from '../engine/ports.ts'

/** The nth failed try of a sender or with a name waits this long for its answer. */
export function failedTryDelayMs(failures: number): number {
  return doublingMs(failures, 250, 5000)
}
/** Most failed tries of one sender that may wait at once; more are refused. */
const mostWaiting = 8
/** Failures are forgotten after this long. */
const forgetMs = 15 * 60_000
const mostRemembered = 10_000
/** Most lines a minute that the log gets of refused sign-ins, of all senders together. */
const mostLinesPerMinute = 10

interface Tries {
  readonly failures: number
  readonly at: number
  readonly waitingUntil: readonly number[]
}

/**
 * Answers failed sign-ins late: the later, the more often their sender tried, or anybody with this name. That only slows guessing down; what
 * prevents it is the length of tokens and passwords. What is right never comes here: it is accepted at once, whatever else comes from the
 * same address or with the same name.
 */
export class LateAnswers {
  readonly #clock: Clock
  readonly #log: Log
  /** By sender and by name, the last tried last. */
  readonly #tries = new Map<string, Tries>()
  #minute = { since: 0, lines: 0 }
  #notLogged = 0

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock
    this.#log = log
  }

  /** Resolves when a wrong try may be answered. `name`: what was signed in by; null: a token. */
  async refuse(address: string, name: string | null, signal: AbortSignal): Promise<'wrong' | 'tooMany'> {
    const now = this.#clock.monotonic()
    const sender = `address ${senderKey(address)}`
    const waiting = (this.#tries.get(sender)?.waitingUntil ?? []).filter((until) => until > now)
    if (waiting.length >= mostWaiting) return 'tooMany'
    const failures = this.#failuresOf(sender, now) + 1
    const withName = name === null ? 0 : this.#failuresOf(nameKey(name), now) + 1
    const delayMs = failedTryDelayMs(Math.max(failures, withName))
    // The 1st, 2nd, 4th, 8th … one of a sender, and a few a minute of all, so that a flood of them does not fill the log.
    if (Number.isInteger(Math.log2(failures))) this.#logRefused(address, failures, now)
    // A sender that hangs up keeps its place for the whole delay: not waiting for answers must not speed up guessing.
    this.#remember(sender, { failures, at: now, waitingUntil: [...waiting, now + delayMs] })
    if (name !== null) this.#remember(nameKey(name), { failures: withName, at: now, waitingUntil: [] })
    // An error means that the sender hung up and does not wait for the answer.
    await sleep(this.#clock, delayMs, signal).catch(() => {})
    return 'wrong'
  }

  #failuresOf(key: string, now: number): number {
    const before = this.#tries.get(key)
    return before !== undefined && now - before.at < forgetMs ? before.failures : 0
  }

  #remember(key: string, tries: Tries): void {
    this.#tries.delete(key)
    this.#tries.set(key, tries)
    const [oldest] = this.#tries.keys()
    if (this.#tries.size > mostRemembered && oldest !== undefined) this.#tries.delete(oldest)
  }

  #logRefused(address: string, failures: number, now: number): void {
    if (now - this.#minute.since >= 60_000) this.#minute = { since: now, lines: 0 }
    if (this.#minute.lines >= mostLinesPerMinute) {
      this.#notLogged++
      return
    }
    this.#minute.lines++
    this.#log.warn({ address, failures, ...(this.#notLogged > 0 && { notLogged: this.#notLogged }) }, 'A sign-in was refused')
    this.#notLogged = 0
  }
}

const nameKey = (name: string): string => `name ${name.slice(0, 100).normalize('NFKC').toLowerCase()}`
