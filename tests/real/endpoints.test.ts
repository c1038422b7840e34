import { execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { binary, startLab, until } from './lab.ts'
import { type RealServer, startRealServer } from './realServer.ts'

// Two real servers of one machine. The ports of B are mapped: what it says of them are those of A, where the same path has another picture.

/** Publishes a picture of one colour until it is disposed of. */
function publishColour(server: RealServer, colour: 'red' | 'blue') {
  const address = `rtsp://127.0.0.1:${server.ports.rtsp}/cam1`
  const picture = ['-re', '-f', 'lavfi', '-i', `color=${colour}:s=160x90:r=10`, '-c:v', 'libx264', '-g', '10', '-bf', '0', '-pix_fmt', 'yuv420p']
  const child = spawn('ffmpeg', ['-loglevel', 'error', ...picture, '-rtsp_transport', 'tcp', '-f', 'rtsp', address], { stdio: 'ignore' })
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

/** The API of `of` with the ports of `as`, as behind mapped ports that are those of another server. */
async function mapPorts(apiUrl: string, of: RealServer['ports'], as: RealServer['ports']) {
  const relay = createServer(async ({ url = '', headers }, response) => {
    const answer = await fetch(`${apiUrl}${url}`, { headers: headers.authorization === undefined ? {} : { authorization: headers.authorization } })
    let text = await answer.text()
    for (const endpoint of ['rtsp', 'rtmp', 'srt', 'hls', 'webrtc'] as const) text = text.replaceAll(`:${of[endpoint]}"`, `:${as[endpoint]}"`)
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain', server: 'mediamtx' }).end(text)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      relay.closeAllConnections()
      await new Promise((resolve) => relay.close(resolve))
    },
  }
}

function colourOf(jpeg: string): 'red' | 'blue' {
  const pixel = execFileSync(
    'ffmpeg',
    ['-loglevel', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-vf', 'scale=1:1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    {
      input: Buffer.from(jpeg, 'base64'),
    },
  )
  return (pixel[0] ?? 0) > (pixel[2] ?? 0) ? 'red' : 'blue'
}

describe.skipIf(binary === null)('two servers whose configurations lead to one address', { timeout: 120_000 }, () => {
  test('show no picture of each other, by no protocol, until an operator says where one of them is', async () => {
    await using lab = await startLab()
    await using b = await startRealServer(binary ?? '', 'paths:\n  all_others:\n')
    using _red = publishColour(lab.server, 'red')
    using _blue = publishColour(b, 'blue')
    await using mapped = await mapPorts(b.apiUrl, b.ports, lab.server.ports)
    const client = lab.client()
    const auth = { kind: 'basic', user: 'noc', password: 'watch-me' }
    const { id } = await client.servers.add(serverInputSchema.parse({ name: 'B', url: mapped.url, auth, intervalSeconds: 1 }))
    const isLive = async (serverId: string) => (await client.streams.get({ serverId, path: 'cam1' }).catch(() => null))?.state === 'live'
    await until('both are live', 20, async () => (await isLive(id)) && (await isLive(lab.serverId())))
    const endpoints = async (serverId: string) =>
      (await client.servers.get({ id: serverId })).cautions.flatMap((caution) =>
        caution.kind === 'sameDoor' ? caution.endpoints.map(({ endpoint }) => endpoint) : [],
      )
    await until('the configurations are read', 10, async () => (await endpoints(id)).length > 0 && (await endpoints(lab.serverId())).length > 0)
    expect((await endpoints(id)).sort()).toEqual(['hls', 'rtmp', 'rtsp', 'srt', 'webrtc'])

    const sameDoor = { kind: 'serverError', error: { kind: 'sameDoor', other: 'real' } }
    expect(await client.snapshots.take({ serverId: id, path: 'cam1' })).toMatchObject({ why: sameDoor })
    expect(await client.previews.open({ serverId: id, path: 'cam1', viewer: 'v1', playsH265: false, wake: false })).toMatchObject({ url: null, why: sameDoor })
    const { findings } = await client.diagnosis.ofStream({ serverId: id, path: 'cam1', wakesOnDemand: false })
    expect(findings.filter(({ step }) => ['rtspDescribe', 'hlsPage', 'hlsPlaylist', 'whep'].includes(step)).filter(({ outcome }) => outcome === 'ok')).toEqual(
      [],
    )

    const at = (endpoint: 'rtsp' | 'hls' | 'webrtc' | 'srt', scheme: string) => `${scheme}://127.0.0.1:${b.ports[endpoint]}`
    const addresses = { rtsp: at('rtsp', 'rtsp'), hls: at('hls', 'http'), webrtc: at('webrtc', 'http'), srt: at('srt', 'srt') }
    await client.servers.update({ id, change: { addresses } })
    for (const [serverId, colour] of [
      [id, 'blue'],
      [lab.serverId(), 'red'],
    ] as const) {
      const still = await until(`a still of ${colour}`, 30, async () => {
        const { picture } = await client.snapshots.take({ serverId, path: 'cam1' })
        return picture !== null && picture
      })
      expect(colourOf(still.jpeg)).toBe(colour)
    }
  })

  test('nor that of a server that is not watched: a door at which our readers are not seen is nobody’s', async () => {
    await using lab = await startLab()
    await using stranger = await startRealServer(binary ?? '', 'paths:\n  all_others:\n')
    await using b = await startRealServer(binary ?? '', 'paths:\n  all_others:\n')
    using _red = publishColour(stranger, 'red')
    using _blue = publishColour(b, 'blue')
    using _own = publishColour(lab.server, 'blue')
    await using mapped = await mapPorts(b.apiUrl, b.ports, stranger.ports)
    const client = lab.client()
    const auth = { kind: 'basic', user: 'noc', password: 'watch-me' }
    const { id } = await client.servers.add(serverInputSchema.parse({ name: 'B', url: mapped.url, auth, intervalSeconds: 1 }))
    const isLive = async (serverId: string) => (await client.streams.get({ serverId, path: 'cam1' }).catch(() => null))?.state === 'live'
    await until('both are live', 20, async () => (await isLive(id)) && (await isLive(lab.serverId())))
    const still = async (serverId: string) => {
      const { picture, why } = await client.snapshots.take({ serverId, path: 'cam1' })
      return picture === null ? why : colourOf(picture.jpeg)
    }
    const endpoints = async (serverId: string) => (await client.servers.get({ id: serverId })).cautions.filter(({ kind }) => kind === 'sameDoor')
    await until('a still of each', 30, async () => typeof (await still(id)) === 'string' && typeof (await still(lab.serverId())) === 'string')
    const [caution] = await until('the door is found to be another’s', 60, async () => {
      const found = await endpoints(id)
      return found.length > 0 && found
    })
    expect(caution).toMatchObject({ kind: 'sameDoor', other: null })
    const at = `127.0.0.1:${stranger.ports.rtsp}`
    expect(await still(id)).toEqual({ kind: 'serverError', error: { kind: 'foreignDoor', at } })
    expect(await client.previews.open({ serverId: id, path: 'cam1', viewer: 'v1', playsH265: false, wake: false })).toMatchObject({ url: null })
    // The server whose door it is has been proved by then.
    expect(await endpoints(lab.serverId())).toEqual([])
    expect(await still(lab.serverId())).toBe('blue')
    const addresses = { rtsp: `rtsp://127.0.0.1:${b.ports.rtsp}`, hls: `http://127.0.0.1:${b.ports.hls}` }
    await client.servers.update({ id, change: { addresses } })
    expect(await until('its own picture', 30, async () => (await still(id)) === 'blue')).toBe(true)
    expect(await endpoints(id)).toEqual([])
  })
})
