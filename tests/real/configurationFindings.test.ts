import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { configurationFindings } from '../../src/shared/configurationFindings.ts'
import { freePort } from '../freePort.ts'
import { findMediaMtx, type RealServer, startRealServer } from './realServer.ts'

const binary = findMediaMtx()
type Fields = Readonly<Record<string, unknown>>

/** What is found in what a server tells of its configuration; faults of its version are left out. */
async function findingsOf(server: RealServer) {
  const [global, pathDefaults, paths] = await Promise.all([
    server.ask<Fields>('GET', '/v3/config/global/get'),
    server.ask<Fields>('GET', '/v3/config/pathdefaults/get'),
    server.ask<{ items: Fields[] }>('GET', '/v3/config/paths/list'),
  ])
  return configurationFindings({ version: null, global, pathDefaults, paths: paths.items })
}
/** Up to 1.15.3 listeners have one origin each. */
const origins = ({ isAtLeast }: Pick<RealServer, 'isAtLeast'>, value: string) =>
  isAtLeast('1.15.4') ? `apiAllowOrigins: [${value && `'${value}'`}]` : `apiAllowOrigin: '${value}'`
const users = (...all: readonly string[]) => `authMethod: internal\nauthInternalUsers:\n${all.map((user) => `  - ${user}\n`).join('')}`
const noc = '{ user: noc, pass: watch-me, permissions: [{ action: api }, { action: metrics }] }'

describe.skipIf(binary === null)('the configuration of a real MediaMTX', () => {
  const start = async (extra: (of: Pick<RealServer, 'isAtLeast'>) => string, auth: string) => {
    const version = await startRealServer(binary as string)
    await version[Symbol.asyncDispose]()
    return await startRealServer(binary as string, extra(version), auth)
  }

  it('that is as it should be has no findings, also where a stream is open to its guests and a camera is pulled', async () => {
    await using server = await start(
      (of) => `${origins(of, '')}
pathDefaults:
  overridePublisher: no
  maxReaders: 100
  record: yes
  recordDeleteAfter: 24h
paths:
  cam1: {}
  guests:
    record: no
  door:
    source: rtsp://10.255.255.1/door
    sourceOnDemand: yes
`,
      users(noc, '{ user: camera, pass: secret, permissions: [{ action: publish }] }', '{ user: any, permissions: [{ action: read, path: guests }] }'),
    )
    expect(await findingsOf(server)).toEqual([])
  })

  it('that lets anyone in, from everywhere or from its own machine, is found as what it is', async () => {
    const metrics = await freePort()
    await using server = await start(
      (of) => `${origins(of, '*')}
metrics: yes
metricsAddress: :${metrics}
paths:
  kept:
    record: yes
    recordDeleteAfter: 0s
  all_others:
`,
      users('{ user: any, permissions: [{ action: api }, { action: metrics }, { action: publish }, { action: read }] }'),
    )
    // The listener of the API is on loopback.
    expect(await findingsOf(server)).toMatchObject([
      { kind: 'anyMayAdminister', actions: ['metrics'] },
      { kind: 'anyMayPublish' },
      { kind: 'recordingsKept', paths: ['kept'], count: 1 },
      { kind: 'anyMayWatch', actions: ['read'] },
    ])
    // What is said of it is so.
    expect((await fetch(`http://127.0.0.1:${metrics}/metrics`)).status).toBe(200)
    expect((await fetch(`${server.apiUrl}/v3/paths/list`)).status).toBe(200)
  })

  it('whose authority is never asked about its API is open by that list only', async () => {
    const authority = createServer((_request, response) => void response.writeHead(200).end())
    await new Promise<void>((resolve) => authority.listen(0, '127.0.0.1', resolve))
    try {
      const address = `authMethod: http\nauthHTTPAddress: http://127.0.0.1:${(authority.address() as AddressInfo).port}`
      await using asks = await start((of) => origins(of, ''), `${address}\nauthHTTPExclude: []`)
      const about = async (server: RealServer) => (await findingsOf(server)).filter(({ kind }) => kind === 'neverAsked')
      expect(await about(asks)).toEqual([])
      await using excludes = await start((of) => origins(of, ''), `${address}\nauthHTTPExclude: [{ action: api }, { action: publish }]`)
      expect(await about(excludes)).toEqual([{ kind: 'neverAsked', setting: 'authHTTPExclude', actions: ['publish'] }])
    } finally {
      await new Promise((resolve) => void authority.close(resolve))
    }
  })
})
