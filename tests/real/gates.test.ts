import { request as ask, createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canarySettingsSchema } from '../../src/shared/canaries.ts'
import { probeInputSchema } from '../../src/shared/probes.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { makeCertificate } from '../fakes/certificate.ts'
import { binary, type Lab, startLab, until } from './lab.ts'
import { startPublisher } from './realServer.ts'

const authority = makeCertificate({ commonName: 'authority of the studio', isAuthority: true })
const own = makeCertificate({ commonName: 'console', authority })
const front = makeCertificate({ commonName: 'a gate', names: ['127.0.0.1'] })
const headers = { 'CF-Access-Client-Id': 'id-of-the-console', 'CF-Access-Client-Secret': 'hunter2' }
const auth = { kind: 'basic', user: 'noc', password: 'watch-me' } as const

/** Stands before one port of a server: lets in who has both headers and, with TLS, a client certificate of the studio. Others are sent to sign in. */
async function startGate(port: number, isSecure: boolean) {
  const refused: string[] = []
  const lets = ({ headers: shown, socket }: IncomingMessage) =>
    shown['cf-access-client-id'] === headers['CF-Access-Client-Id'] &&
    shown['cf-access-client-secret'] === headers['CF-Access-Client-Secret'] &&
    (!isSecure || (socket as TLSSocket).authorized)
  const listener: RequestListener = (request, response) => {
    if (!lets(request)) {
      refused.push(`${request.method} ${request.url}`)
      return void response.writeHead(302, { location: 'https://studio.example/login' }).end()
    }
    const through = ask({ port, host: '127.0.0.1', method: request.method, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    through.on('error', () => response.destroy())
    request.pipe(through)
  }
  const tls = { cert: front.cert, key: front.key, ca: authority.cert, requestCert: true, rejectUnauthorized: false }
  const server = isSecure ? createSecureServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe.skipIf(binary === null).each([
  ['headers', false],
  ['headers and a client certificate', true],
] as const)('behind a gate that wants %s', (_, isSecure) => {
  let lab: Lab
  const open = new AsyncDisposableStack()
  let gates: Record<'api' | 'hls' | 'webrtc', Awaited<ReturnType<typeof startGate>>>
  let serverId = ''
  beforeAll(async () => {
    lab = open.use(await startLab('paths:\n  all_others:\n'))
    const { ports } = lab.server
    open.use(startPublisher(lab.clip, lab.rtsp('camera'), 'rtsp', 'tcp'))
    await lab.live('camera')
    gates = {
      api: open.use(await startGate(ports.api, isSecure)),
      hls: open.use(await startGate(ports.hls, isSecure)),
      webrtc: open.use(await startGate(ports.webrtc, isSecure)),
    }
    const addresses = { hls: gates.hls.url, webrtc: gates.webrtc.url }
    const gate = { headers, ...(isSecure && { fingerprint: front.fingerprint, clientCertificate: own.cert, clientKey: own.key }) }
    const input = serverInputSchema.parse({ name: 'gated', url: gates.api.url, auth, addresses, ...gate })
    serverId = (await lab.client().servers.add(input)).id
    await until('it is up', 30, async () => (await lab.client().servers.get({ id: serverId })).state === 'up')
  }, 120_000)
  afterAll(() => open.disposeAsync())

  it('probes by HLS and WHEP are let in, and say nothing of what the gate wants', async () => {
    const { client } = lab
    for (const [name, url] of [
      ['HLS', `${gates.hls.url}/camera/index.m3u8`],
      ['WHEP', `${gates.webrtc.url.replace('http', 'whep')}/camera/whep`],
    ] as const) {
      const { id } = await client().probes.add(probeInputSchema.parse({ name, url, lookSeconds: 5, intervalSeconds: 10 }))
      const probe = await until(`${name} is read`, 60, async () => {
        const found = await client().probes.get({ id })
        return (found.state === 'up' || found.state === 'down') && found
      })
      expect([name, probe.why, probe.reading?.video?.codec]).toEqual([name, null, 'h264'])
      if (name === 'HLS') expect(probe.reading?.hls?.playlists[0]).toMatchObject({ fault: null })
      expect(JSON.stringify(probe)).not.toContain('hunter2')
      await client().probes.remove({ id })
    }
    expect([gates.hls.refused, gates.webrtc.refused]).toEqual([[], []])
  }, 180_000)

  it('a canary is published by RTSP, and read back by WHEP and HLS', async () => {
    const { client } = lab
    await client().canaries.put({ serverId, ...canarySettingsSchema.parse({ publishBy: 'rtsp', readBy: ['whep', 'hls'] }) })
    const canary = async () => (await client().canaries.list())[0]
    await until('it is published', 60, async () => {
      const { state, error } = (await canary()) ?? {}
      if (error) throw new Error(JSON.stringify(error))
      return state === 'publishing'
    })
    for (const protocol of ['whep', 'hls'])
      await until(`it is read by ${protocol}`, 60, async () => {
        const id = (await canary())?.readers.find((reader) => reader.protocol === protocol)?.probeId
        const found = id == null ? null : await client().probes.get({ id })
        return found?.reading?.canary?.delayMs != null
      })
    await client().canaries.remove({ serverId })
    await until('its session has ended', 30, async () => {
      const { items } = await lab.server.ask<{ items: { path: string }[] }>('GET', '/v3/rtspsessions/list')
      return items.every(({ path }) => path === 'camera')
    })
    expect([gates.hls.refused, gates.webrtc.refused]).toEqual([[], []])
  }, 240_000)
})
