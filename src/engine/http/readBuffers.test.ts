import { createHash, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../tests/fakes/certificate.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { type BodyBuffers, createBodyBuffers } from './bodyBuffers.ts'
import { createServerPool } from './serverPool.ts'

const clock = createSystemClock()
const noLimit = new AbortController().signal
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Answers of many lengths, each with its hash in its head, in pieces of many lengths. */
const answer: RequestListener = (request, response) => {
  const body = randomBytes(Number(request.url?.slice(1)))
  response.setHeader('server', hashOf(body))
  for (let at = 0; at < body.length; at += 7_001) response.write(body.subarray(at, at + 7_001))
  response.end()
}
const lengths = [0, 1, 500, 16_384, 32_768, 32_769, 65_536, 200_000, 1_000_000]

/** Reads through four servers' pools at once, as the engine does. */
async function readAll(url: string, fingerprint: string | null, buffers: BodyBuffers, rounds: number): Promise<void> {
  const pools = Array.from({ length: 4 }, () => createServerPool({ clock, url, fingerprint, userAgent: 'mtxdeck/test', buffers }))
  try {
    for (let round = 0; round < rounds; round++) {
      const replies = await Promise.all(pools.flatMap((pool) => lengths.map((length) => pool.read(`/${length}`, noLimit))))
      for (const reply of replies) {
        if (!reply.ok) throw new Error(JSON.stringify(reply.error))
        expect(hashOf(reply.value.body)).toBe(reply.value.server)
        buffers.give(reply.value.body)
      }
    }
  } finally {
    await Promise.all(pools.map((pool) => pool.close()))
  }
}

describe('memory that connections read into', () => {
  it.each(['http', 'https'])('is used again while answers come whole and in their own order, by %s', async (protocol) => {
    const certificate = makeCertificate({ names: ['127.0.0.1'] })
    const server = protocol === 'http' ? createServer(answer) : createSecureServer({ cert: certificate.cert, key: certificate.key }, answer)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`
    const lent = createBodyBuffers()
    const seen = new Set<ArrayBufferLike>()
    let taken = 0
    const buffers: BodyBuffers = {
      ...lent,
      take: (bytes) => {
        const buffer = lent.take(bytes)
        seen.add(buffer.buffer)
        taken++
        return buffer
      },
    }
    try {
      await readAll(url, protocol === 'http' ? null : certificate.fingerprint, buffers, 20)
      expect(taken).toBeGreaterThan(2_000)
      expect(seen.size).toBeLessThan(taken / 5)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('is for whole answers only', () => {
    const pool = createServerPool({ clock, url: 'http://127.0.0.1:9', fingerprint: null, userAgent: 'mtxdeck/test', buffers: createBodyBuffers() })
    expect(() => pool.open('/live/index.m3u8', noLimit)).toThrow('a pool without buffers')
  })
})
