import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from './runCommand.fixture.ts'

function dataFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-diagnose-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const diagnosisOf = async (dir: string, token = 'a-token-for-tests') =>
  JSON.parse(await runCommand({ dir, token }, ['diagnose', '--output', '-'])) as { readonly console: unknown }

test('a file that is not whole is told, and takes nothing else along', async () => {
  const dir = dataFolder()
  writeFileSync(join(dir, 'console.json'), '{"url":"http://127')
  expect(await diagnosisOf(dir)).toMatchObject({ console: { running: false, why: expect.stringContaining('JSON') } })
})

test('a token that only the service knows is no error', async () => {
  const dir = dataFolder()
  writeFileSync(join(dir, 'console.json'), '{"url":"http://127.0.0.1:9"}')
  expect(await diagnosisOf(dir, '')).toMatchObject({ console: { running: false, why: 'there is no token file yet' } })
})

test('a route that does not answer in time, or not in JSON, leaves the others as they are', async () => {
  const dir = dataFolder()
  const answer: RequestListener = ({ url }, response) => {
    if (url === '/api/history/store') return
    response.end(url === '/api/fleet' ? '<html>' : '{"well":true}')
  }
  const server = createServer(answer)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  writeFileSync(join(dir, 'console.json'), JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
  const well = { well: true }
  expect(await diagnosisOf(dir)).toMatchObject({
    console: { running: true, hello: well, store: { error: expect.any(String) }, fleet: { error: expect.any(String) }, host: well, servers: well },
  })
})

test('crashes are told however long ago they were', async () => {
  const dir = dataFolder()
  const logs = join(dir, 'logs')
  mkdirSync(logs)
  const crash = (n: number) => `{"msg":"mtxdeck broke and ends","n":${n}}`
  writeFileSync(join(logs, 'mtxdeck.2.log'), [1, 2, 3, 4, 5].map(crash).join('\n'))
  for (const name of ['mtxdeck.1.log', 'mtxdeck.log']) writeFileSync(join(logs, name), '{"msg":"fine"}\n'.repeat(20_000))
  writeFileSync(join(logs, 'mtxdeck.log'), `${crash(6)}\n`, { flag: 'a' })
  utimesSync(join(logs, 'mtxdeck.2.log'), 1, 1)
  expect(await diagnosisOf(dir)).toMatchObject({ crashes: [2, 3, 4, 5, 6].map(crash) })
})
