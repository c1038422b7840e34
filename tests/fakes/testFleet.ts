import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../../src/demo/demoOptions.ts'
import { createTestEngines, type TestEngines } from '../../src/engine/testEngines.ts'

/** Media servers and engines for one test, in virtual time. */
export interface TestFleet {
  readonly engines: TestEngines
  readonly demo: DemoFleet
}

export async function createTestFleet(startAt: number, seed: string, servers: readonly DemoServerOptions[]): Promise<TestFleet> {
  const engines = await createTestEngines(startAt)
  return { engines, demo: engines.open.use(await createDemoFleet({ clock: engines.clock, seed, servers })) }
}

/** Closes the engines of a test, which must not have logged an error. */
export async function closeWithoutBugs(engines: TestEngines): Promise<void> {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
}

/** A webhook that takes everything, and what it received, and first lines. It closes with the engines. */
export async function createReceiver(engines: TestEngines) {
  const received: string[] = []
  const said: string[] = []
  const url = await createSite(engines, (request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      const { event, title, headline } = JSON.parse(text) as { event: string; title: string; headline: string }
      received.push(`${event} ${title}`)
      said.push(headline)
      response.end()
    })
  })
  return { url, received: received as readonly string[], said: said as readonly string[] }
}

/** Answers on an address of this machine, whatever is asked, and closes with the engines. */
export async function createSite({ open }: TestEngines, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
