import type { Clock } from '../clock/clock.ts'

const keptMs = 60_000
/** A script of the network that answers no sooner leaves the way direct, as it does in Chromium. */
const limitMs = 5_000
const schemes: Readonly<Record<string, string>> = { PROXY: 'http', HTTPS: 'https', SOCKS: 'socks4', SOCKS4: 'socks4', SOCKS5: 'socks5' }

/** The proxy that Electron names first, of an answer such as `PROXY proxy:3128; DIRECT`; null: the way is direct. */
function firstProxy(said: string): string | null {
  const [kind = '', place] = said.split(';', 1)[0]?.trim().split(/\s+/) ?? []
  const scheme = schemes[kind.toUpperCase()]
  return scheme === undefined || place === undefined ? null : `${scheme}://${place}`
}

interface Way {
  readonly askedAt: number
  readonly proxy: Promise<string | null>
  readonly answer: (proxy: string | null) => void
}

/** The system's proxy on the way to a URL, asked of Electron by `ask` at most once a minute. */
export function createSystemProxy(clock: Clock, ask: (url: string) => void) {
  const ways = new Map<string, Way>()
  return {
    to: (url: string): Promise<string | null> => {
      const known = ways.get(url)
      if (known !== undefined && clock.monotonic() - known.askedAt < keptMs) return known.proxy
      let answer: Way['answer'] = () => {}
      const proxy = new Promise<string | null>((resolve) => {
        const limit = clock.setTimeout(() => resolve(null), limitMs)
        answer = (said) => {
          clock.clearTimeout(limit)
          resolve(said)
        }
      })
      ways.set(url, { askedAt: clock.monotonic(), proxy, answer })
      ask(url)
      return proxy
    },
    answered: (url: string, said: string): void => ways.get(url)?.answer(firstProxy(said)),
  }
}
