import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A proxy by HTTP: forwards requests, and opens tunnels on CONNECT. It alone knows the way to `insideName`, and to what it was given. */
interface TestProxy {
  readonly url: string
  /** "CONNECT mail.inside:25" or "POST http://hook.inside:80/x", in order. */
  readonly asked: string[]
  /** By port 1 of 127.0.0.1, which nobody else reaches, it leads to this port. */
  readonly lead: (port: number) => void
  /** Answers every request with this status instead; null: it lets all through. */
  readonly refuse: (status: number | null) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** No name server knows it (RFC 6761). */
export const insideName = 'inside.invalid'

export async function createTestProxy(): Promise<TestProxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  let refused: number | null = null
  let led: number | null = null
  const placeOf = ({ hostname, port }: URL) =>
    hostname === '127.0.0.1' && port === '1'
      ? { host: '127.0.0.1', port: led ?? 0 }
      : { host: hostname === insideName ? '127.0.0.1' : hostname, port: Number(port) }
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    if (refused !== null) return void response.writeHead(refused).end()
    const url = new URL(incoming.url ?? '')
    const forwarded = request({ ...placeOf(url), path: url.pathname + url.search, method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.writeHead(502).end())
    incoming.pipe(forwarded)
  })
  server.on('connect', ({ url = '' }, client: Socket, head: Buffer) => {
    asked.push(`CONNECT ${url}`)
    client.on('error', () => undefined)
    if (refused !== null) return void client.end(`HTTP/1.1 ${refused} No\r\n\r\n`)
    const target = connect(placeOf(new URL(`http://${url}`)), () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.write(head)
      target.pipe(client).pipe(target)
    })
    for (const socket of [target, client]) sockets.add(socket)
    target.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lead: (port) => {
      led = port
    },
    refuse: (status) => {
      refused = status
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
