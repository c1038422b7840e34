import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below what systems give out themselves (Linux from 32768 on): whoever listens on port 0 or connects does not get it in the meantime. */
const [first, end] = [12_000, 32_000]

/** A TCP port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end)
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}
