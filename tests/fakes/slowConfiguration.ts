import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../src/clock/clock.ts'

/** A way to a media server's API on which its configuration is slow, or fails. */
export interface SlowConfiguration {
  readonly url: string
  /** Each request that passed, and how many others were not answered yet. */
  readonly asked: () => readonly { readonly at: number; readonly url: string; readonly besides: number }[]
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** `plight` is asked for each request of `/v3/config`: how long it waits, or that it fails. */
export async function startSlowConfiguration(
  api: string,
  clock: Clock,
  plight: () => { readonly delayMs: number; readonly fails?: boolean },
): Promise<SlowConfiguration> {
  const asked: { at: number; url: string; besides: number }[] = []
  let inFlight = 0
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const onward = request(api + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  }
  const server = createServer((incoming, outgoing) => {
    const { url = '' } = incoming
    asked.push({ at: clock.now(), url, besides: inFlight })
    inFlight++
    outgoing.on('close', () => inFlight--)
    if (!url.startsWith('/v3/config')) return pass(incoming, outgoing)
    const { delayMs, fails = false } = plight()
    if (fails) {
      outgoing.writeHead(503, { 'content-type': 'application/json' })
      outgoing.end('{"error":"busy"}')
    } else if (delayMs === 0) pass(incoming, outgoing)
    else {
      const timer = clock.setTimeout(() => pass(incoming, outgoing), delayMs)
      outgoing.on('close', () => clock.clearTimeout(timer))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
