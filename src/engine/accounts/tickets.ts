import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'

/** Used tickets are remembered until they would have ended; beyond this many the oldest are forgotten. */
const mostUsed = 10_000

/**
 * Tickets that this process gave out and takes back once, within their time: for sign-ins that take several requests. They carry what they are
 * for and an authenticated text, so that nothing is kept of those that never come back, however many are asked for.
 */
export class Tickets {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  /** When each would have ended, the first used first. */
  readonly #used = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  issue(purpose: string, content: string, forMs: number): string {
    const text = [Buffer.from(content).toString('base64url'), Math.round(this.#clock.now() + forMs), randomBytes(16).toString('base64url')].join('.')
    return `${text}.${this.#sign(purpose, text)}`
  }

  /** The content of a ticket that was issued for this, is not over and was not taken before; null: it is none. */
  take(purpose: string, ticket: string): string | null {
    const end = ticket.lastIndexOf('.')
    const [text, signature] = [ticket.slice(0, end), Buffer.from(ticket.slice(end + 1))]
    const expected = Buffer.from(this.#sign(purpose, text))
    if (ticket.length > 4_000 || signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null
    const [content = '', until = ''] = text.split('.')
    const now = this.#clock.now()
    if (Number(until) <= now || this.#used.has(text)) return null
    for (const [used, ends] of this.#used) if (ends <= now || this.#used.size >= mostUsed) this.#used.delete(used)
    this.#used.set(text, Number(until))
    return Buffer.from(content, 'base64url').toString()
  }

  #sign(purpose: string, text: string): string {
    return createHmac('sha256', this.#key).update(`${purpose}\n${text}`).digest('base64url')
  }
}
