import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { SMTPServer } from 'smtp-server'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { createEngine } from '../../src/engine/createEngine.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import { pathOf } from '../../src/shared/subjectNames.ts'
import { type Bench, rounded } from './figures.ts'

const servers = 10
const paths = 100
const nameOf = (place: number) => `hall/cam-${place}`

/** Takes mail and notes when the DATA of each began. */
async function createMailServer(onData: (text: string, at: number) => void) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData: (stream, _, done) => {
      const at = Date.now()
      let text = ''
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      stream.on('end', () => {
        onData(text, at)
        done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/**
 * From the answer that showed it to what a window gets, and to a mail server's DATA: publishers leave one after the other, with real HTTP and SMTP over
 * loopback. On-delays are set to nothing, as they are not what is measured.
 */
export const bench: Bench = async (report, { quick }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-notifications-'))
  const mailed = new Map<string, number>()
  const shown = new Map<string, number>()
  const mail = await createMailServer((text, at) => {
    const path = /hall\/cam-\d+/.exec(text)?.[0]
    if (path !== undefined && !mailed.has(path)) mailed.set(path, at)
  })
  const clock = createSystemClock()
  const fleet = await createDemoFleet({
    clock,
    seed: 'notifications',
    servers: Array.from({ length: servers }, (_, index) => ({
      name: `Hall ${index}`,
      paths: Array.from({ length: paths }, (_, place) => ({ name: nameOf(place), source: 'rtspSession' as const, readers: ['rtspSession' as const] })),
    })),
  })
  const [first] = fleet.servers
  if (first === undefined) throw new Error('the demo has no server')
  const engine = await createEngine(
    {
      clock,
      log: createTestLog(),
      dataDir,
      version: '0.0.0-bench',
      storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url),
      secretsKey: { protection: 'file', kept: { kind: 'keyFile', file: 'bench' }, key: new Uint8Array(32) },
    },
    {
      servers: fleet.yamlServers(),
      hasNetwork: () => true,
      rules: [{ id: 'streamGone', onDelaySeconds: 0 }],
      channels: [{ name: 'mail', email: ['noc@example.org'], from: 'mtxdeck@example.org', smtp: mail.url }],
    },
  )
  if (!engine.ok) throw new Error(engine.error.words)
  const client = createRouterClient(engine.value.router, { context: { operator: soleOperator } })
  const watching = new AbortController()
  const watch = async () => {
    let known = await client.fleet.changes({})
    while (!watching.signal.aborted) {
      const { launch, revision } = known
      known = await client.fleet.changes({ launch, since: revision, waitMs: 20_000 })
      for (const { subject } of known.alarms ?? []) {
        const path = pathOf(subject)
        if (path !== null && !shown.has(path)) shown.set(path, Date.now())
      }
    }
  }
  const watched = watch().catch((error: unknown) => {
    if (!watching.signal.aborted) throw error
  })
  try {
    await new Promise((resolve) => setTimeout(resolve, 15_000))
    const times: { readonly window: number; readonly mail: number }[] = []
    for (let place = 0; place < (quick ? 5 : 20); place++) {
      const path = nameOf(place)
      const leftAt = Date.now()
      first.trouble({ kind: 'publisherGone', path })
      // Further apart than incidents join, at no fixed place in the interval of polls.
      await new Promise((resolve) => setTimeout(resolve, 12_000 + place * 130))
      const asked = first.asked().find(({ at, url, endpoint }) => endpoint === 'api' && at >= leftAt && url.startsWith('/v3/paths/list'))
      const window = shown.get(path)
      const mailAt = mailed.get(path)
      if (asked === undefined || window === undefined || mailAt === undefined)
        throw new Error(`${path}: asked ${asked?.at}, shown ${window}, mailed ${mailAt}: nothing was measured`)
      times.push({ window: window - asked.at, mail: mailAt - asked.at })
    }
    const note = `worst of ${times.length}; ${servers} servers with ${paths} streams each`
    const worst = (of: 'window' | 'mail') => rounded(Math.max(...times.map((time) => time[of])) / 1000)
    report({ figure: 'notifications: answer to what a window shows', value: worst('window'), unit: 's', goal: '<= 1', limit: null, note })
    report({ figure: 'notifications: answer to SMTP DATA', value: worst('mail'), unit: 's', goal: '<= 2', limit: null, note })
  } finally {
    watching.abort()
    await engine.value[Symbol.asyncDispose]()
    await watched
    await fleet[Symbol.asyncDispose]()
    await mail.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
