import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realTime } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../../tests/freePort.ts'
import { createTestClock } from '../../../clock/testClock.ts'
import { isoOf } from '../../../shared/time.ts'
import { answers, createReceiver, createSending, hostileName, type Sending, someEnd, someStart, someUpdate, startAt } from '../channels.fixture.ts'
import { createHttpClient } from '../httpClient.ts'
import type { Notification } from '../notification.ts'
import { alertmanager } from './alertmanager.ts'

const bin = process.env.ALERTMANAGER_BIN ?? '/usr/bin/prometheus-alertmanager'
const isHere = existsSync(bin)

test('what lasts is posted again under the labels of its start, which its end ends, whatever of it has eased meanwhile', async () => {
  await using receiver = await createReceiver(answers(200, {}))
  const client = createHttpClient(createTestClock(startAt), 'mtxdeck/0.0.0')
  const http = client.through(undefined)
  const channel = { name: 'am', alertmanager: receiver.origin }
  const context = { clock: createTestClock(startAt), http, signal: new AbortController().signal, id: '1', text: { headline: '', lines: [], links: [] } }
  const sent = await alertmanager.send(channel, someStart, { ...context, receiptOf: () => null })
  const receipt = sent.ok ? (sent.receipt ?? null) : null
  const eased: Notification = { ...someUpdate, severity: 'warning', streams: ['cam1', 'cam2'] }
  await alertmanager.renewal?.send(channel, [{ notification: eased, receipt }], context)
  await alertmanager.send(channel, { ...someEnd, severity: 'warning' }, { ...context, receiptOf: () => receipt })
  await client.close()
  const labels = receiver.bodies().map((alerts) => (alerts as unknown as { labels: object }[]).map((alert) => alert.labels))
  expect(labels).toEqual([[JSON.parse(receipt ?? '')], [JSON.parse(receipt ?? '')], [JSON.parse(receipt ?? '')]])
})

describe.skipIf(!isHere)(`a real Alertmanager${isHere ? '' : ' (prometheus-alertmanager is not installed, and ALERTMANAGER_BIN names none)'}`, () => {
  let open: AsyncDisposableStack
  let sending: Sending
  let url: string
  beforeAll(async () => {
    open = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-alertmanager-'))
    open.defer(() => rm(folder, { recursive: true, force: true }))
    sending = open.use(createSending())
    await writeFile(join(folder, 'am.yml'), 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n')
    const address = `127.0.0.1:${await freePort()}`
    url = `http://${address}`
    const flags = [`--config.file=${join(folder, 'am.yml')}`, `--storage.path=${folder}`, `--web.listen-address=${address}`, '--cluster.listen-address=']
    const child = spawn(bin, flags, { stdio: 'ignore' })
    const gone = once(child, 'exit')
    open.defer(async () => {
      child.kill('SIGKILL')
      await gone
    })
    while (
      child.exitCode === null &&
      !(await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await realTime(50)
  })
  afterAll(() => open.disposeAsync())

  interface Alert {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
    readonly endsAt: string
    readonly generatorURL: string
  }
  const firing = async (key: string) => {
    const answer = await fetch(`${url}/api/v2/alerts?filter=${encodeURIComponent(`key="${key}"`)}`)
    return (await answer.json()) as Alert[]
  }
  // Alertmanager goes by its own clock.
  const now = Date.parse(new Date().toISOString())
  const about = (one: Notification, key: string): Notification => ({
    ...one,
    key,
    since: isoOf(now - 10_000),
    at: isoOf(now),
    endedAt: one.endedAt && isoOf(now - 1_000),
  })

  test('fires from the start to the end', async () => {
    const send = sending.to({ name: 'am', alertmanager: url })
    expect(await send(about(someStart, 'one'))).toMatchObject({ ok: true })
    expect(await firing('one')).toMatchObject([
      {
        labels: { alertname: 'streamGone', severity: 'critical', server: 'Berlin', stream: 'cam1', source: 'mtxdeck' },
        annotations: { summary: 'CRITICAL Berlin · cam1: stream gone', description: 'The publisher is gone. Check the encoder.' },
        generatorURL: someStart.url,
        endsAt: isoOf(now + 900_000),
      },
    ])
    expect(await send(about(someEnd, 'one'))).toMatchObject({ ok: true })
    expect(await firing('one')).toEqual([])
  })

  test('an alarm that turned is one alert still, and its end ends it', async () => {
    const send = sending.to({ name: 'am', alertmanager: url })
    await send(about(someStart, 'two'))
    const member = { ...someStart.members[0], kind: 'streamStalled' } as Notification['members'][number]
    const turned = { ...about({ ...someStart, event: 'update', severity: 'major', members: [member] }, 'two') } as const
    await send(turned)
    expect((await firing('two')).map(({ labels }) => `${labels.alertname} ${labels.severity}`)).toEqual(['streamStalled major'])
    await send(about({ ...someEnd, severity: 'major', members: [member] }, 'two'))
    expect(await firing('two')).toEqual([])
  })

  test('takes any name', async () => {
    const send = sending.to({ name: 'am', alertmanager: url })
    const named = { ...someStart, title: hostileName, text: hostileName, servers: [hostileName], streams: [hostileName] }
    expect(await send(about(named, 'three'))).toMatchObject({ ok: true })
    expect((await firing('three'))[0]?.labels.server).toMatch(/^a_b\*\[x\]/)
    expect(await send(about({ ...named, event: 'end', endedAt: named.at }, 'three'))).toMatchObject({ ok: true })
    expect(await firing('three')).toEqual([])
  })

  test('a test ends by itself', async () => {
    expect(await sending.to({ name: 'am', alertmanager: url })(about({ ...someStart, event: 'test' }, 'test'))).toMatchObject({ ok: true })
    expect(await firing('test')).toMatchObject([{ labels: { alertname: 'mtxdeckTest' }, endsAt: isoOf(now + 60_000) }])
  })
})
