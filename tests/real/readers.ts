import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** RTSP over TCP, as much of it as reading takes: no picture is decoded, what comes is thrown away. */
async function openReader(address: URL): Promise<Socket> {
  const socket = connect(Number(address.port), address.hostname)
  await once(socket, 'connect')
  let sequence = 0
  let received = ''
  let session = ''
  const ask = async (method: string, url: string, more: readonly string[] = []): Promise<string> => {
    received = ''
    const heads = [`${method} ${url} RTSP/1.0`, `CSeq: ${++sequence}`, 'User-Agent: reader', ...(session ? [`Session: ${session}`] : []), ...more]
    socket.write(`${heads.join('\r\n')}\r\n\r\n`)
    for (;;) {
      const [bytes] = (await once(socket, 'data')) as [Buffer]
      received += bytes.toString('latin1')
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0) continue
      const length = Number(/content-length: *(\d+)/i.exec(received)?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) continue
      if (!received.startsWith('RTSP/1.0 200')) throw new Error(`${method}: ${received.slice(0, 100)}`)
      return received
    }
  }
  const described = await ask('DESCRIBE', address.href, ['Accept: application/sdp'])
  const controls = [...described.matchAll(/^a=control:(\S+)/gm)]
    .map((match) => match[1] ?? '')
    .filter((control) => control !== '*' && /track|stream/i.test(control))
  for (const [track, control] of controls.entries()) {
    const base = /content-base: *(\S+)/i.exec(described)?.[1] ?? `${address.href}/`
    const url = control.startsWith('rtsp:') ? control : `${base.replace(/\/*$/, '/')}${control}`
    const answer = await ask('SETUP', url, [`Transport: RTP/AVP/TCP;unicast;interleaved=${2 * track}-${2 * track + 1};ssrc=${randomBytes(4).toString('hex')}`])
    session = /session: *([^;\s]+)/i.exec(answer)?.[1] ?? session
  }
  await ask('PLAY', address.href)
  socket.on('data', () => {})
  socket.on('error', () => {})
  return socket
}

export interface Readers {
  /** All leave at once, as when their network is cut off in good order. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** So many readers of a path, by RTSP over TCP. */
export async function startReaders(url: string, count: number): Promise<Readers> {
  const sockets: Socket[] = []
  for (let nth = 0; nth < count; nth++) sockets.push(await openReader(new URL(url)))
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(
        sockets.map(async (socket) => {
          if (socket.destroyed) return
          socket.end()
          socket.destroy()
          await once(socket, 'close')
        }),
      )
    },
  }
}
