import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverErrorText } from '../../src/i18n/errorText.ts'
import { binary, type Lab, startLab, until } from './lab.ts'

describe.skipIf(binary === null)('a MediaMTX that asks another server who may what', () => {
  let lab: Lab
  let isAway = false
  let asked = 0
  const authServer = createServer((request, response) => {
    asked++
    if (isAway) return void request.socket.destroy()
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => response.writeHead(JSON.parse(body).password === 'watch-me' ? 200 : 401).end())
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => authServer.listen(0, '127.0.0.1', resolve))
    const { port } = authServer.address() as AddressInfo
    lab = await startLab(undefined, {}, undefined, `authMethod: http\nauthHTTPAddress: http://127.0.0.1:${port}/auth\nauthHTTPExclude: []`)
  }, 60_000)
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
    authServer.closeAllConnections()
    authServer.close()
  })
  const shown = () => lab.client().servers.get({ id: lab.serverId() })
  const error = async () => (await shown()).error

  it('stays up while that one is away for a second', async () => {
    await until('its configuration is read', 15, async () => (await shown()).addressesFrom === 'configuration')
    isAway = true
    await until('it refuses', 15, async () => (await error())?.kind === 'unauthorized')
    isAway = false
    await until('it answers', 15, async () => (await error()) === null)
    expect((await lab.client().history.events({ kinds: ['serverDown'] })).length).toBe(0)
    expect(asked).toBeGreaterThan(1)
  })

  it('is said to ask that one about each of our requests, as often as it does', async () => {
    const cost = await until('its requests are counted', 15, async () => (await shown()).cost?.authServer)
    expect(cost.address).toMatch(/^127\.0\.0\.1:\d+$/)
    const [before, from] = [asked, performance.now()]
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    const perMinute = ((asked - before) * 60_000) / (performance.now() - from)
    const said = (await shown()).cost?.authServer?.requestsPerMinute ?? 0
    expect(said / perMinute).toBeGreaterThan(0.75)
    expect(said / perMinute).toBeLessThan(1.3)
  }, 40_000)

  it('is halted with a sentence that names it while it is away longer, and goes on by itself', async () => {
    isAway = true
    const halted = await until('it is halted', 30, async () => {
      const server = await shown()
      return server.state === 'halted' && server
    })
    isAway = false
    expect(halted.error && serverErrorText(halted.error, 'en').what).toMatch(
      /^The server refuses access that it granted before\. It checks access with 127\.0\.0\.1:\d+/,
    )
    await until('it is up again', 30, async () => (await shown()).state === 'up')
  })
})
