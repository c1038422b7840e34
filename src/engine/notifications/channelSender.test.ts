import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import { alarmMigrations } from '../alarms/alarmsDatabase.ts'
import { type Database, openDatabase } from '../storage/openDatabase.ts'
import { createTestLog } from '../testLog.ts'
import type { ChannelInput } from './channelKinds.ts'
import { type ChannelSender, createChannelPauses, createChannelSender, receiptOf } from './channelSender.ts'
import { type Answer, answers, createReceiver, type Receiver } from './channels.fixture.ts'
import { createHttpClient } from './httpClient.ts'
import { createMessageRows, type MessageRows, unreadableFailures } from './messageRows.ts'

describe('a channel', () => {
  let folder: string
  let db: Database
  let clock: TestClock
  let rows: MessageRows
  let ops: Receiver
  let reply: Answer
  let incident: IncidentDetails | null
  let incidentError: Error | null
  let logged: string[]
  let sender: ChannelSender
  const stop = new AbortController()
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mtxdeck-sender-'))
    const opened = openDatabase(join(folder, 'alarms.db'), { migrations: alarmMigrations })
    if (!opened.ok) throw new Error(opened.error.words)
    db = opened.value
    clock = createTestClock()
    rows = createMessageRows(db)
    reply = answers(200, {})
    ops = await createReceiver((response, got) => reply(response, got))
    incident = { ...someIncident(), alarms: [] }
    incidentError = null
    logged = []
    sender = createChannelSender(
      {
        ...{
          clock,
          db,
          rows,
          pauses: createChannelPauses(clock, db),
          log: createTestLog((_, text) => void logged.push(text)),
          http: createHttpClient(clock, 'mtxdeck/0.0.0'),
          signal: stop.signal,
        },
        ...{
          alarm: () => null,
          incident: () => {
            if (incidentError !== null) throw incidentError
            return incident
          },
          extents: () => [['one', null] as const],
          report: () => null,
          document: () => null,
          publicUrl: () => null,
          links: null,
          heedSetBack: () => undefined,
        },
      },
      { name: 'ops', webhook: `${ops.origin}/hook` },
    )
  })
  afterEach(async () => {
    sender.stop()
    await sender.settled()
    await ops[Symbol.asyncDispose]()
    db.close()
    rmSync(folder, { recursive: true })
  })
  /** From the moment at which the channel gets a message on, the disk takes nothing. */
  const failsAfter = (status: number) => {
    reply = (response, got) => {
      db.pragma('query_only = ON')
      answers(status, {})(response, got)
    }
  }
  const startIsSent = async () => {
    rows.add('one', 'ops', 'start', clock.now())
    sender.send()
    await expect.poll(() => ops.all.length).toBe(1)
    await sender.settled()
  }

  it('whose disk takes nothing when a message was accepted notes that once it can, and does not send it again', async () => {
    failsAfter(200)
    await startIsSent()
    db.pragma('query_only = OFF')
    await clock.advance(30_000)
    await sender.settled()
    expect(rows.ofIncident('one')).toMatchObject([{ state: 'delivered', tries: 1 }])
    expect(ops.all).toHaveLength(1)
  })

  it('whose disk takes nothing when a message failed sends it again once it can, without a restart', async () => {
    failsAfter(503)
    await startIsSent()
    reply = answers(200, {})
    db.pragma('query_only = OFF')
    await clock.advance(60_000)
    await expect.poll(() => rows.ofIncident('one')[0]?.state).toBe('delivered')
    expect(ops.all).toHaveLength(2)
  })

  it.each(['{bad', '{"kind":"fromNewerVersion"}', '0'])('of which a stored failure cannot be read still says that it refused: %s', (failure) => {
    rows.add('one', 'ops', 'start', 1_000)
    const refused = { kind: 'template', said: 'x' } as const
    rows.end(1, { at: 2_000, failure: refused, receipt: null, nextAt: null, mayRepeat: false, sentWith: null })
    rows.addTest('ops', { at: 3_000, isDrill: true, failure: refused })
    for (const table of ['messages', 'channel_tests']) db.prepare(`UPDATE ${table} SET failure = ?`).run(failure)
    const instead = { kind: 'answer', said: '–', isPassing: false }
    expect(rows.refusal('ops')).toEqual({ what: 'message', failure: instead })
    expect(rows.tests('ops', 1)).toMatchObject([{ failure: instead }])
    expect(rows.counts('ops').lastRefused).toMatchObject({ failure: instead })
    expect(rows.ofIncident('one')).toMatchObject([{ state: 'refused', failure: instead }])
    expect(unreadableFailures(db)).toBe(2)
  })

  it('that fails to write a message says so in the log, though the cause is a file that is missing, and tries again', async () => {
    incidentError = Object.assign(new Error('no such file: xx.json'), { code: 'ENOENT' })
    rows.add('one', 'ops', 'start', clock.now())
    sender.send()
    await expect.poll(() => logged).toEqual(['a message could not be handled'])
    await sender.settled()
    incidentError = null
    await clock.advance(10_000)
    await expect.poll(() => ops.all.length).toBe(1)
  })

  it('drops a message about an incident that can no longer be read', async () => {
    await startIsSent()
    incident = null
    rows.add('one', 'ops', 'end', clock.now())
    sender.send()
    await expect.poll(() => rows.ofIncident('one').map(({ event, state }) => `${event} ${state}`)).toEqual(['start delivered'])
    expect(ops.all).toHaveLength(1)
  })

  /** It is edited while it answers the start of an incident. */
  const isEdited = async (before: ChannelInput, after: ChannelInput, status: number, answer: object) => {
    sender.configure(before)
    reply = (response, got) => {
      sender.configure(after)
      answers(status, answer)(response, got)
    }
    await startIsSent()
  }

  it('whose kind is changed while it takes a message keeps the receipt for the kind that gave it', async () => {
    const telegram = { name: 'ops', telegram: '1', url: ops.origin, secret: '1:first' }
    const slack = { name: 'ops', slack: '#noc', url: ops.origin, secret: 'xoxb-second' }
    await isEdited(telegram, slack, 200, { ok: true, result: { message_id: 7 } })
    expect([telegram, slack].map((channel) => receiptOf(rows, channel, 'one'))).toEqual(['7', null])
  })

  it('whose secret is changed while it fails shows neither', async () => {
    const telegram = { name: 'ops', telegram: '1', url: ops.origin, secret: '1:first' }
    await isEdited(telegram, { ...telegram, secret: '2:second' }, 503, { description: 'bot1:first is overloaded' })
    expect(sender.failure()).toEqual({ kind: 'answer', said: '503 bot*** is overloaded', isPassing: true })
  })

  it('shows no secret where a repetition fails', async () => {
    await startIsSent()
    // Of a refused sign-in only the status is shown: the secret is the same.
    sender.configure({ name: 'ops', alertmanager: ops.origin, secret: '401' })
    reply = answers(401, {})
    sender.send()
    await expect.poll(() => ops.all.length).toBe(2)
    await sender.settled()
    expect(sender.failure()).toEqual({ kind: 'signIn', said: '***' })
  })
})
