import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realTime, setImmediate as turn } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, createSystemClock } from '../../clock/clock.ts'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { type ReadEvent, readEvent } from '../../shared/events.fixture.ts'
import { someReading } from '../../shared/hosts.fixture.ts'
import { type Host, type HostInput, hostInputSchema, hostSchema, type MediaProcess } from '../../shared/hosts.ts'
import { err, ok } from '../../shared/result.ts'
import { hostSubject, ownerIdOf } from '../../shared/subjectNames.ts'
import { formatInterval } from '../../shared/units.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log } from '../ports.ts'
import { createSecretBox } from '../servers/secretBox.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { Members } from '../watching/watchList.ts'
import { createRemoteHosts } from './hostCollector.ts'
import { hostError } from './hostErrors.ts'
import { retryMs } from './hostPolling.ts'
import type { HostFigures } from './hostRates.ts'
import { createHostRows, unreadableHostRow } from './hostRows.ts'
import { createHosts, type Hosts, type HostsDeps, type YamlHost } from './hosts.ts'
import { createLocalHost } from './localHost.ts'
import { createTestSshHost, type TestSshHost } from './testSshHost.fixture.ts'

const startAt = Date.UTC(2026, 10, 20, 13, 0, 0)
const password = { kind: 'password', password: 'secret' } as const
const input = (more: Partial<HostInput> & Pick<HostInput, 'name'>): HostInput => ({ ...hostInputSchema.parse({ name: more.name, ssh: null }), ...more })

describe.skipIf(process.platform === 'win32')('hosts', () => {
  let open: AsyncDisposableStack
  let folder = ''
  let db: BetterSqlite3.Database
  let stop: AbortController
  let clock: TestClock
  let hosts: Hosts | null = null
  let events: ReadEvent[]
  let batches: SampleBatch[]
  let gaps: string[]
  let facts: Map<string, object | null>
  const bugs: unknown[] = []
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (what, text) => bugs.push({ text, what }), child: () => log }

  // Real time that is given to what goes on, before the clock moves. A host that hangs waits for the clock itself: its test gives less.
  let patienceMs = 5_000
  const settle = async () => {
    for (let i = 0; i < 3; i++) await turn()
    await Promise.race([hosts?.settled() ?? Promise.resolve(), realTime(patienceMs, undefined, { ref: false })])
    for (let i = 0; i < 3; i++) await turn()
  }
  beforeEach(async () => {
    open = new AsyncDisposableStack()
    folder = await mkdtemp(join(tmpdir(), 'mtxdeck-hosts-'))
    open.defer(() => rm(folder, { recursive: true, force: true }))
    db = new BetterSqlite3(':memory:')
    open.defer(() => void db.close())
    migrate(db, mainMigrations)
    clock = createTestClock(startAt, settle)
    ;[events, batches, gaps, facts] = [[], [], [], new Map()]
    bugs.length = 0
    patienceMs = 5_000
  })
  afterEach(async () => {
    await end()
    await open.disposeAsync()
    expect(bugs).toEqual([])
    expect(clock.pending(), 'a timer outlived the hosts').toBe(0)
  })
  const end = async () => {
    stop?.abort()
    await hosts?.ended()
    await hosts?.settled()
    hosts = null
    await realTime(20)
  }
  const start = (more: Partial<HostsDeps> = {}, yaml: readonly YamlHost[] = [], time: Clock = clock): Hosts => {
    stop = new AbortController()
    const settings = new Map<string, string>()
    const localHost = createLocalHost(time)
    open.defer(localHost.close)
    hosts = createHosts(
      {
        clock: time,
        log,
        rows: createHostRows(db),
        members: new Members(),
        box: createSecretBox(new Uint8Array(32).fill(5)),
        localHost,
        createRemote: createRemoteHosts(time),
        knownHostsFiles: [],
        append: (batch) => batches.push(batch),
        gap: (id) => gaps.push(id),
        describe: (id, _at, what) => facts.set(id, what),
        record: (some) => events.push(...some.map(readEvent)),
        forget: () => {},
        fullAt: async () => new Map(),
        servers: () => [],
        configurationOf: () => ({}),
        isOffline: () => false,
        settings: { read: (key) => settings.get(key) ?? null, write: (key, value) => settings.set(key, value) },
        offersThisMachine: false,
        signal: stop.signal,
        ...more,
      },
      yaml,
    )
    return hosts
  }
  const machine = async (): Promise<TestSshHost> => open.use(await createTestSshHost())
  const add = (name: string, { ssh }: Pick<HostInput, 'ssh'>, more: Partial<HostInput> = {}): Host => {
    const added = (hosts as Hosts).add(input({ name, ssh, auth: password, ...more }))
    if (!added.ok) throw new Error(added.error)
    return added.value
  }
  const get = (id: string): Host => hostSchema.parse((hosts as Hosts).get(id))
  const accept = (id: string, { target, fingerprint }: TestSshHost) => (hosts as Hosts).acceptKey(id, target, { fingerprint: fingerprint() })
  /** A host whose key is accepted, read for the first time. */
  const addUp = async (name: string, of: TestSshHost, more: Partial<HostInput> = {}): Promise<Host> => {
    const { id } = add(name, of, more)
    await clock.advance(10)
    expect(accept(id, of).ok).toBe(true)
    await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'up', error: null })
    return get(id)
  }
  const samplesOf = (id: string) => batches.filter(({ owner, parts }) => ownerIdOf(owner) === id && parts === null)
  const reachableOf = (batch: SampleBatch) => batch.values[batch.metrics.indexOf('host.reachable')]

  it('reads a machine over SSH and this one, with rates from the second reading on, into history', async () => {
    const time = createSystemClock()
    const far = await machine()
    await writeFile(join(folder, 'known'), far.knownHostsLine())
    start({ knownHostsFiles: [join(folder, 'known')] }, [], time)
    const here = (hosts as Hosts).add(input({ name: 'here', intervalSeconds: 0.5 }))
    const { id } = add('far', far, { intervalSeconds: 0.5 })
    const localId = here.ok ? here.value.id : ''
    for (let i = 0; i < 200 && (samplesOf(id).length < 3 || samplesOf(localId).length < 3); i++) await realTime(50)
    for (const one of [get(id), get(localId)]) {
      expect(one).toMatchObject({ state: 'up', error: null })
      expect(one.reading?.cpuPercent).toEqual(expect.any(Number))
      expect(one.reading?.memoryTotalBytes).toBeGreaterThan(1e6)
      expect(one.reading?.uptimeSeconds).toBeGreaterThan(0)
    }
    expect(get(id).reading?.hostname).toBe(get(localId).reading?.hostname)
    expect(get(id).answerMs).toBeGreaterThan(0)
    const last = samplesOf(id).at(-1) as SampleBatch
    expect(last.values).toHaveLength(last.metrics.length)
    const ofParts = batches.findLast(({ owner, parts }) => ownerIdOf(owner) === id && parts !== null) as SampleBatch
    expect(ofParts.values).toHaveLength((ofParts.parts?.length ?? 0) * ofParts.metrics.length)
    expect(ofParts.at).toBe(last.at)
    expect(last.values[last.metrics.indexOf('host.cpu')]).toBe(get(id).reading?.cpuPercent)
    expect(facts.get(id)).toMatchObject({ name: 'far', state: 'up', memoryTotalBytes: get(id).reading?.memoryTotalBytes })
    expect(far.connections()).toBe(1)
    await end()
  })

  it('meets a key for the first time, sends nothing, and does nothing more until an operator accepts that key', async () => {
    const far = await machine()
    start()
    const { id } = add('far', far)
    await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'waiting', reading: null, error: { kind: 'hostKeyUnknown', target: far.target, fingerprint: far.fingerprint() } })
    await clock.advance(300_000)
    expect(far.connections()).toBe(1)
    expect(far.credentials).toEqual([])
    expect((hosts as Hosts).acceptKey(id, '127.0.0.1:1', { fingerprint: far.fingerprint() })).toEqual({ ok: false, error: 'NOT_FOUND' })
    expect((hosts as Hosts).acceptKey('host-none0000', far.target, { fingerprint: far.fingerprint() })).toEqual({ ok: false, error: 'NOT_FOUND' })
    expect(get(id).state).toBe('waiting')
    expect(accept(id, far).ok).toBe(true)
    await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'up', error: null })
    expect(events).toEqual([])
  })

  it('takes a key before it has met it, as of a host that was just added', async () => {
    const far = await machine()
    start()
    const { id } = add('far', far)
    const key = { fingerprint: far.fingerprint(), keyType: 'ssh-ed25519' }
    expect((hosts as Hosts).acceptKey(id, far.target, key).ok).toBe(true)
    await clock.advance(3000)
    expect(get(id)).toMatchObject({ state: 'up', error: null })
    await end()
  })

  it('takes the key of a host whose name has capitals, in whatever letters it is accepted', async () => {
    const far = await machine()
    start()
    const { id } = add('far', { ssh: far.ssh.replace('127.0.0.1', 'LOCALHOST') })
    for (let n = 0; n < 100 && get(id).error === null; n++) await clock.advance(10)
    const { target = '' } = get(id).error ?? {}
    expect(target).toBe(far.target.replace('127.0.0.1', 'LOCALHOST'))
    expect((hosts as Hosts).acceptKey(id, target.toLowerCase(), { fingerprint: far.fingerprint() }).ok).toBe(true)
    for (let n = 0; n < 100 && get(id).state !== 'up'; n++) await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'up', error: null })
    await end()
  })

  it('takes a key that is accepted while it is tried again', async () => {
    const far = await machine()
    start()
    const { id } = add('far', far)
    await clock.advance(10)
    expect(get(id).state).toBe('waiting')
    expect((hosts as Hosts).update(id, { intervalSeconds: 2 }).ok).toBe(true)
    expect(get(id).state).toBe('connecting')
    expect(accept(id, far).ok).toBe(true)
    await clock.advance(3000)
    expect(get(id)).toMatchObject({ state: 'up', error: null })
    await end()
  })

  it('stops at another key than before, records it once, and goes on when an operator accepts the new one', async () => {
    const far = await machine()
    start()
    const { id } = await addUp('far', far)
    const before = far.fingerprint()
    await far.die()
    await far.comeBack(true)
    await clock.advance(120_000)
    expect(get(id)).toMatchObject({ state: 'waiting', error: { kind: 'hostKeyChanged', fingerprint: far.fingerprint(), knownFingerprint: before } })
    const told = events.filter(({ kind }) => kind === 'hostKeyChanged')
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({
      subject: hostSubject(id),
      ownerName: 'far',
      facts: { error: { knownFingerprint: before, fingerprint: far.fingerprint() } },
    })
    const connections = far.connections()
    await clock.advance(600_000)
    expect(far.connections()).toBe(connections)
    expect(accept(id, far).ok).toBe(true)
    await clock.advance(10)
    expect(get(id).state).toBe('up')
    expect(createHostRows(db).keysOf(far.target)).toEqual([{ keyType: 'ssh-ed25519', fingerprint: far.fingerprint() }])
    expect(events.filter(({ kind }) => kind === 'hostKeyChanged')).toHaveLength(1)
    // The decision stands in the log beside the change.
    expect(events.filter(({ kind }) => kind === 'hostKeyAccepted').map(({ subject, facts }) => ({ subject, ...facts }))).toEqual([
      { subject: hostSubject(id), target: far.target, keyType: expect.any(String), fingerprint: far.fingerprint(), knownFingerprint: before },
    ])
  })

  it('does not try a refused credential again before another one is given', async () => {
    const far = await machine()
    start()
    const { id } = add('far', far, { auth: { kind: 'password', password: 'wrong' } })
    await clock.advance(10)
    accept(id, far)
    await clock.advance(600_000)
    expect(get(id)).toMatchObject({ state: 'waiting', error: { kind: 'authRefused' } })
    expect(far.credentials).toEqual(['wrong'])
    expect((hosts as Hosts).update(id, { auth: password }).ok).toBe(true)
    await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'up', auth: { kind: 'password', hasSecret: true } })
  })

  it('keeps secrets sealed, over a restart, and to itself', async () => {
    const far = await machine()
    start()
    const { id } = await addUp('far', far)
    expect(JSON.stringify((hosts as Hosts).all())).not.toContain('secret"')
    expect(JSON.stringify(db.prepare('SELECT name, settings, hex(secret) FROM hosts').all())).not.toContain('"secret"')
    await end()
    start()
    await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'up', auth: { kind: 'password', hasSecret: true } })
    expect(far.credentials).toEqual(['secret', 'secret'])
    await end()
    start({ box: createSecretBox(new Uint8Array(32).fill(6)) })
    await clock.advance(10)
    expect(get(id)).toMatchObject({
      state: 'waiting',
      auth: { hasSecret: false },
      error: { kind: 'secretMissing' },
    })
    expect(unreadableHostRow(db)).toBeNull()
  })

  it('lends a stored secret to no other address, not to a test and not through another jump host', async () => {
    const [far, thief] = [await machine(), await machine()]
    await writeFile(join(folder, 'known'), far.knownHostsLine() + thief.knownHostsLine())
    start({ knownHostsFiles: [join(folder, 'known')] })
    const { id } = add('far', far)
    await clock.advance(10)
    const asked = { ...input({ name: 'x', ssh: far.ssh, auth: { kind: 'password' } }), id }
    expect(await (hosts as Hosts).test(asked)).toMatchObject({ error: null, reading: { memoryTotalBytes: expect.any(Number) } })
    expect(await (hosts as Hosts).test({ ...asked, ssh: thief.ssh })).toMatchObject({ error: { kind: 'secretMissing' }, reading: null })
    expect(await (hosts as Hosts).test({ ...asked, jump: [thief.ssh] })).toMatchObject({ error: { kind: 'secretMissing' } })
    expect((hosts as Hosts).update(id, { jump: [thief.ssh] }).ok).toBe(true)
    await clock.advance(10)
    expect(get(id)).toMatchObject({ state: 'waiting', auth: { hasSecret: false }, error: { kind: 'secretMissing' } })
    expect((hosts as Hosts).update(id, { jump: [], ssh: thief.ssh, auth: { kind: 'password' } }).ok).toBe(true)
    await clock.advance(10)
    expect(get(id).error?.kind).toBe('secretMissing')
    expect(thief.credentials).toEqual([])
  })

  it('tries a host that died more and more rarely, and says when it is back; others go on', async () => {
    const [good, mortal] = [await machine(), await machine()]
    start()
    const [goodId, mortalId] = [(await addUp('good', good)).id, (await addUp('mortal', mortal)).id]
    const readBeforeAt = samplesOf(mortalId).at(-1)?.at ?? 0
    batches.length = 0
    await mortal.die()
    await clock.advance(30_000)
    expect(samplesOf(goodId).length).toBeGreaterThanOrEqual(29)
    expect(samplesOf(goodId).every((batch) => reachableOf(batch) === 1)).toBe(true)
    expect(get(mortalId)).toMatchObject({ state: 'down', error: { kind: 'refused' } })
    // 2, 4, 8, 16 s and their jitter.
    expect(samplesOf(mortalId).length).toBeLessThan(9)
    expect(samplesOf(mortalId).every((batch) => reachableOf(batch) === 0)).toBe(true)
    await mortal.comeBack()
    await clock.advance(90_000)
    expect(get(mortalId).state).toBe('up')
    // Media servers of others may come and go on this machine meanwhile.
    expect(events.filter(({ kind }) => kind.startsWith('host')).map(({ kind, ownerName }) => `${ownerName} ${kind}`)).toEqual([
      'mortal hostDown',
      'mortal hostUp',
    ])
    const [, up] = events.filter(({ kind }) => kind.startsWith('host'))
    const [minMs, maxMs] = [Number(up?.facts.minMs), Number(up?.facts.maxMs)]
    // It was away from its last reading to the next one at most, and between the tries that failed at least.
    const tries = samplesOf(mortalId)
    const [readAt, failedAt] = [1, 0].map((reachable) => tries.filter((batch) => reachableOf(batch) === reachable).map(({ at }) => at)) as [number[], number[]]
    expect(failedAt.length).toBeGreaterThanOrEqual(4)
    expect(minMs).toBe((failedAt.at(-1) ?? 0) - (failedAt[0] ?? 0))
    expect(maxMs).toBe((readAt[0] ?? 0) - readBeforeAt)
    expect(maxMs).toBeGreaterThan(30_000)
    expect(up?.text).toBe(`mortal answers again after ${formatInterval(minMs, maxMs)}.`)
  })

  it('reads all others on time while one hangs in the middle', async () => {
    const [good, stuck] = [await machine(), await machine()]
    start()
    const [goodId, stuckId] = [(await addUp('good', good)).id, (await addUp('stuck', stuck)).id]
    stuck.hang(true)
    // What hangs is waited for by the clock: no time is given to it here.
    patienceMs = 0
    const first = samplesOf(goodId).length
    for (let second = 0; second < 15; second++) {
      const before = samplesOf(goodId).length
      await clock.advance(1000)
      for (let i = 0; i < 50 && samplesOf(goodId).length === before; i++) await realTime(10)
    }
    // Had it to wait for the other one there were two or three.
    expect(samplesOf(goodId).length - first).toBeGreaterThanOrEqual(8)
    expect(get(goodId)).toMatchObject({ state: 'up', error: null })
    expect(get(stuckId).error?.kind).toBe('hung')
    patienceMs = 400
    stuck.hang(false)
    for (let i = 0; i < 30 && get(stuckId).error !== null; i++) await clock.advance(10_000)
    expect(get(stuckId)).toMatchObject({ state: 'up', error: null })
  })

  it('calls a lost connection that comes back at once no outage', async () => {
    const far = await machine()
    start()
    const { id } = await addUp('far', far)
    await far.die()
    await far.comeBack()
    await clock.advance(10_000)
    expect(get(id).state).toBe('up')
    expect(far.connections()).toBe(3)
    expect(events).toEqual([])
  })

  it('blames no host while the console itself has no network', async () => {
    const far = await machine()
    let isOffline = false
    start({ isOffline: () => isOffline })
    const { id } = await addUp('far', far)
    isOffline = true
    await far.die()
    batches.length = 0
    await clock.advance(60_000)
    expect(events).toEqual([])
    expect(batches).toEqual([])
    expect(gaps).toContain(id)
  })

  it('asks a paused host nothing, and for its processes neither', async () => {
    const far = await machine()
    start()
    const { id } = await addUp('far', far)
    expect(await (hosts as Hosts).processes(id)).toMatchObject({
      ok: true,
      value: expect.arrayContaining([expect.objectContaining({ pid: expect.any(Number) })]),
    })
    ;(hosts as Hosts).update(id, { paused: true })
    await clock.advance(60_000)
    expect(get(id)).toMatchObject({ state: 'paused', paused: true })
    expect(gaps).toContain(id)
    const { length } = batches
    await clock.advance(60_000)
    expect(batches).toHaveLength(length)
    expect(await (hosts as Hosts).processes(id)).toMatchObject({ ok: false, error: { kind: 'hostNotAsked' } })
    expect(await (hosts as Hosts).processes('host-none0000')).toMatchObject({ ok: false, error: null })
  })

  it('takes hosts of the configuration file, ties them by name, keeps their ids, and refuses edits of them', async () => {
    const servers = [{ id: 'server-1', name: 'Berlin', url: 'http://10.0.0.5:9997' }]
    const { serverId: _, paused: __, ...rest } = input({ name: 'berlin-host', ssh: 'noc@10.255.255.1:22', intervalSeconds: 3600 })
    const yaml: YamlHost[] = [{ ...rest, auth: null, server: 'berlin' }]
    start({ servers: () => servers }, yaml)
    const { id } = (hosts as Hosts).all()[0] as Host
    expect(get(id)).toMatchObject({ origin: 'yaml', serverId: 'server-1', name: 'berlin-host' })
    expect((hosts as Hosts).update(id, { paused: true })).toEqual({ ok: false, error: 'READ_ONLY' })
    expect((hosts as Hosts).remove(id)).toEqual({ ok: false, error: 'READ_ONLY' })
    expect((hosts as Hosts).add(input({ name: 'Berlin-Host' }))).toEqual({ ok: false, error: 'NAME_TAKEN' })
    // It waits for a credential, and is tried again where anything in the file changes; that is no change of its own.
    await clock.advance(4_000_000)
    expect(get(id).state).toBe('waiting')
    const nothing = { added: [], changed: [], removed: [] }
    expect((hosts as Hosts).applyYaml(yaml)).toEqual(nothing)
    expect(get(id).state).toBe('connecting')
    expect((hosts as Hosts).applyYaml(yaml.map((host) => ({ ...host, intervalSeconds: 1800 })))).toEqual({ ...nothing, changed: ['berlin-host'] })
    await end()
    start({ servers: () => servers }, yaml)
    expect((hosts as Hosts).all().map((host) => host.id)).toEqual([id])
    await end()
    start({ servers: () => servers })
    expect((hosts as Hosts).all()).toEqual([])
  })

  it('shows the files that a host is signed in and verified with, so that an edit can keep or change them, and never a secret', () => {
    const { update } = start()
    const { id } = add(
      'far',
      { ssh: 'noc@10.255.255.1' },
      { knownHostsFile: '/etc/mtxdeck/known_hosts', auth: { kind: 'key', keyFile: '/etc/mtxdeck/id_ed25519', passphrase: 'owl' }, paused: true },
    )
    const told = { knownHostsFile: '/etc/mtxdeck/known_hosts', auth: { kind: 'key', hasSecret: true, keyFile: '/etc/mtxdeck/id_ed25519' } }
    expect(get(id)).toMatchObject(told)
    expect(JSON.stringify(get(id))).not.toContain('owl')
    // As the form sends it back.
    update(id, { name: 'near', knownHostsFile: '/etc/mtxdeck/known_hosts', auth: { kind: 'key', keyFile: '/etc/mtxdeck/id_ed25519' } })
    expect(get(id)).toMatchObject({ name: 'near', ...told })
    update(id, { knownHostsFile: null, auth: { kind: 'agent' } })
    expect(get(id)).toMatchObject({ knownHostsFile: null, auth: { kind: 'agent', hasSecret: false, keyFile: null } })
  })

  it('has all servers with its address, unless an operator linked them to another host', () => {
    const servers = [
      { id: 'a', name: 'A', url: 'http://10.255.255.1:9997' },
      { id: 'b', name: 'B', url: 'http://media.example:9997' },
      { id: 'c', name: 'C', url: 'https://10.255.255.1:9998' },
    ]
    start({ servers: () => servers })
    const { id } = add('far', { ssh: 'noc@10.255.255.1:2222' }, { paused: true })
    expect(get(id)).toMatchObject({ serverId: null, serverIds: ['a', 'c'] })
    ;(hosts as Hosts).update(id, { serverId: 'b' })
    expect(get(id)).toMatchObject({ serverId: 'b', serverIds: ['b', 'a', 'c'] })
    const other = add('other', { ssh: 'noc@10.255.255.2' }, { serverId: 'a', paused: true })
    ;(hosts as Hosts).update(id, { serverId: null })
    expect(get(id)).toMatchObject({ serverId: null, serverIds: ['c'] })
    expect([...(hosts as Hosts).links()]).toEqual([
      [id, 'c'],
      [other.id, 'a'],
    ])
    ;(hosts as Hosts).remove(other.id)
    // One that was removed is not there to be linked to.
    servers.splice(1, 1)
    ;(hosts as Hosts).update(id, { serverId: 'b' })
    expect(get(id)).toMatchObject({ serverId: null, serverIds: ['a', 'c'] })
  })

  it('watches this machine by itself where a media server runs on it, unless an operator removed it', async () => {
    const servers: { id: string; name: string; url: string }[] = [{ id: 'a', name: 'A', url: 'http://10.0.0.5:9997' }]
    const kept = new Map<string, string>()
    const settings = { read: (key: string) => kept.get(key) ?? null, write: (key: string, value: string) => void kept.set(key, value) }
    const { serversChanged, all, remove } = start({ servers: () => servers, offersThisMachine: true, settings })
    serversChanged()
    expect(all()).toEqual([])
    await clock.advance(10_000)
    servers.push({ id: 'b', name: 'B', url: 'http://127.0.0.1:9997' })
    serversChanged()
    // By the name that it gives itself, which is the same in every language.
    expect(all()).toMatchObject([{ name: hostname(), ssh: null, serverIds: ['b'], origin: 'stored' }])
    expect(remove((all()[0] as Host).id).ok).toBe(true)
    await clock.advance(10_000)
    serversChanged()
    expect(all()).toEqual([])
  })

  const figures = (change: Partial<HostFigures>): HostFigures => {
    const { mediaServer: _, ...reading } = someReading({ at: clock.now() })
    return { ...reading, ...change }
  }
  /** A machine as a test tells it. */
  const told = (readings: () => Partial<HostFigures>) => ({
    read: async () => ok(figures(readings())),
    processes: async () => ok([]),
    check: async () => ok(null),
    close: () => {},
    answerMs: () => 2,
  })

  const media = (pid: number, rest: Partial<MediaProcess> = {}): MediaProcess => ({
    pid,
    ports: null,
    cpuPercent: null,
    memoryBytes: null,
    threads: null,
    openFiles: null,
    openFilesLimit: null,
    startedAt: null,
    ...rest,
  })

  it('shows no old reading as new where its reader fails by a bug; others go on', async () => {
    let breaks = false
    const broken = {
      ...told(() => ({})),
      read: async () => {
        if (breaks) throw new TypeError('a bug')
        return ok(figures({}))
      },
    }
    start({ createRemote: ({ target }) => (target.host === '10.255.255.1' ? broken : told(() => ({}))) })
    const { id } = add('broken', { ssh: 'noc@10.255.255.1' })
    const other = add('other', { ssh: 'noc@10.255.255.2' })
    const states = () => [get(id).state, get(other.id).state]
    await clock.advance(5_000)
    expect(states()).toEqual(['up', 'up'])

    breaks = true
    await clock.advance(10_000)
    expect(states()).toEqual(['down', 'up'])
    expect(get(id).error).toMatchObject({ kind: 'internal' })
    expect(bugs.splice(0)).toHaveLength(1)
    breaks = false
    await clock.advance(60_000)
    expect(states()).toEqual(['up', 'up'])
    expect(events.map(({ kind }) => kind)).toEqual(['hostDown', 'hostUp'])
  })

  it('says of a host that was up that it is down where a reading does not come to an end for a minute; others go on', async () => {
    const waiting = Promise.withResolvers<void>()
    let hangs = false
    const hung = {
      ...told(() => ({})),
      read: async () => {
        if (hangs) await waiting.promise
        return ok(figures({}))
      },
    }
    start({ createRemote: ({ target }) => (target.host === '10.255.255.1' ? hung : told(() => ({}))) })
    const { id } = add('hung', { ssh: 'noc@10.255.255.1' })
    const other = add('other', { ssh: 'noc@10.255.255.2' })
    await clock.advance(5_000)
    hangs = true
    patienceMs = 5
    await clock.advance(55_000)
    expect([get(id).state, get(other.id).state]).toEqual(['up', 'up'])
    await clock.advance(10_000)
    expect([get(id).state, get(other.id).state]).toEqual(['down', 'up'])
    expect(get(id).error).toMatchObject({ kind: 'timeout' })
    hangs = false
    waiting.resolve()
    await clock.advance(1_000)
    expect([get(id).state, get(other.id).state]).toEqual(['up', 'up'])
    expect(events.map(({ kind }) => kind)).toEqual(['hostDown', 'hostUp'])
  })

  it('records that a host can be read again after an operator decided, as it recorded that it could not', async () => {
    let refuses = false
    start({
      createRemote: () => ({
        ...told(() => ({})),
        read: async () => (refuses ? err(hostError('authRefused', { target: 'noc@10.255.255.1' })) : ok(figures({}))),
      }),
    })
    const { id } = add('far', { ssh: 'noc@10.255.255.1' })
    await clock.advance(3_000)
    refuses = true
    await clock.advance(3_000)
    expect(get(id).state).toBe('waiting')
    refuses = false
    ;(hosts as Hosts).update(id, { auth: { kind: 'password', password: 'another' } })
    await clock.advance(3_000)
    expect(events.map(({ kind }) => kind)).toEqual(['hostDown', 'hostUp'])
  })

  it('records when the machine and when the media server on it were restarted', async () => {
    let uptimeSeconds = 1_000_000
    let mediaProcesses = [media(10, { ports: [9997] })]
    const servers = () => [{ id: 'a', name: 'A', url: 'http://10.255.255.1:9997' }]
    start({ servers, createRemote: () => told(() => ({ uptimeSeconds, mediaProcesses })) })
    const { id } = add('far', { ssh: 'noc@10.255.255.1' }, { serverId: 'a' })
    for (let i = 0; i < 10; i++) {
      await clock.advance(1000)
      uptimeSeconds++
    }
    expect(events).toEqual([])
    mediaProcesses = [media(11, { ports: [9997] })]
    await clock.advance(2000)
    expect(get(id).reading?.mediaServer).toMatchObject({ pid: 11, restarts: 1 })
    uptimeSeconds = 1
    await clock.advance(2000)
    expect(events.map(({ kind, subject, text }) => [kind, subject && ownerIdOf(subject), text])).toEqual([
      ['mediaServerRestarted', id, 'The media server on far was restarted: process 10 ended, process 11 took its place.'],
      ['hostRestarted', id, 'far was restarted.'],
    ])
    // A snapshot that was restored has an older time, and was not started now.
    uptimeSeconds = 500_000
    await clock.advance(2000)
    uptimeSeconds = 400_000
    await clock.advance(2000)
    expect(events).toHaveLength(2)
  })

  describe('two media servers on one machine', () => {
    const servers = [
      { id: 'a', name: 'A', url: 'http://127.0.0.1:9997' },
      { id: 'b', name: 'B', url: 'http://127.0.0.1:9998' },
    ]
    const a = media(10, { ports: [8554, 9997] })
    const b = media(20, { ports: [8555, 9998] })
    const watch = async (first: readonly MediaProcess[], more: Partial<HostInput> = {}) => {
      let now = { mediaProcesses: [...first] }
      start({ servers: () => servers, createRemote: () => told(() => now) })
      const { id } = add('far', { ssh: 'noc@10.255.255.1' }, { serverId: 'b', ...more })
      await clock.advance(3000)
      return {
        id,
        next: async (processes: readonly MediaProcess[]) => {
          now = { mediaProcesses: [...processes] }
          await clock.advance(2000)
          return get(id).reading
        },
        reading: () => get(id).reading,
        kinds: () => events.map(({ kind }) => kind),
      }
    }

    it('the host shows the process that listens at its server’s port, and records its end as one', async () => {
      const host = await watch([a, b])
      expect(host.reading()?.mediaServer).toMatchObject({ pid: 20, restarts: 0 })
      // The other one is restarted: nothing of this server.
      expect((await host.next([media(11, { ports: [9997] }), b]))?.mediaServer).toMatchObject({ pid: 20, restarts: 0 })
      expect(host.kinds()).toEqual([])
      const after = await host.next([media(11, { ports: [9997] })])
      expect(after).toMatchObject({ mediaServer: null })
      expect(events.map(({ kind, text, facts }) => [kind, text, facts])).toEqual([
        ['mediaServerEnded', 'The media server on far ended: its process 20 is gone.', { pid: 20, serverId: 'b' }],
      ])
      expect((await host.next([media(11, { ports: [9997] }), media(21, { ports: [9998] })]))?.mediaServer).toMatchObject({ pid: 21, restarts: 1 })
      expect(host.kinds()).toEqual(['mediaServerEnded', 'mediaServerRestarted'])
      expect(events.at(-1)?.facts).toEqual({ pid: 21, before: 20, serverId: 'b' })
    })

    it('this machine has each of them by the port of its process', async () => {
      let mediaProcesses = [a, b]
      start({ servers: () => servers, localHost: told(() => ({ mediaProcesses })) })
      const { id } = add('here', { ssh: null })
      await clock.advance(8_000)
      expect(get(id)).toMatchObject({ serverId: null, serverIds: ['a', 'b'], reading: { mediaServer: null } })
      mediaProcesses = [b]
      await clock.advance(8_000)
      expect(events.map(({ kind, facts }) => [kind, facts])).toEqual([['mediaServerEnded', { pid: 10, serverId: 'a' }]])
      mediaProcesses = [media(11, { ports: [9997] }), b]
      await clock.advance(8_000)
      expect(events.at(-1)).toMatchObject({ kind: 'mediaServerRestarted', facts: { pid: 11, before: 10, serverId: 'a' } })
      const looked = await (hosts as Hosts).lookUnder('b', new AbortController().signal)
      expect(looked?.ok && looked.value.reading?.mediaServer).toMatchObject({ pid: 20 })
    })

    it('a process whose start only seems later, by an answer that was read late, has not ended; one of the same id that began since has', async () => {
      const began = clock.now() - 3_600_000
      const withStart = (startedAt: number) => [media(20, { ports: [9998], startedAt })]
      const host = await watch(withStart(began))
      for (const lateMs of [28_000, 0, 60_000, 3_000]) await host.next(withStart(began + lateMs))
      expect(host.kinds()).toEqual([])
      await host.next(withStart(clock.now()))
      expect(host.kinds()).toEqual(['mediaServerRestarted'])
    })

    it('no end and no restart of a process is recorded of a host that is tied to no server', async () => {
      const host = await watch([media(10, { ports: [7777] })], { serverId: null })
      expect(host.reading()?.mediaServer).toMatchObject({ pid: 10 })
      await host.next([])
      expect((await host.next([media(11, { ports: [7777] })]))?.mediaServer).toMatchObject({ pid: 11, restarts: 0 })
      expect((await host.next([media(12, { ports: [7777] })]))?.mediaServer).toMatchObject({ pid: 12, restarts: 0 })
      await host.next([])
      expect(host.kinds()).toEqual([])
    })

    it('another process is no restart of the first, where it was not seen at the port of the same server', async () => {
      const host = await watch([media(10)])
      expect((await host.next([media(11)]))?.mediaServer).toMatchObject({ pid: 11, restarts: 0 })
      expect((await host.next([media(20, { ports: [9998] })]))?.mediaServer).toMatchObject({ pid: 20, restarts: 0 })
      expect(host.kinds()).toEqual([])
    })

    it('where the processes cannot be assigned to servers, none is shown', async () => {
      const host = await watch([media(10), media(20)])
      expect(host.reading()).toMatchObject({ mediaServer: null, mediaProcesses: [{ pid: 10 }, { pid: 20 }] })
      await host.next([media(30), media(40)])
      expect(host.kinds()).toEqual([])
    })
  })

  it('says when a disk will be full, by the forecast, which is repeated each quarter of an hour', async () => {
    const disk = { mount: '/', device: null, sizeBytes: 1e9, usedPercent: 50, freeBytes: 5e8, readBps: null, writtenBps: null, fullAt: null }
    const asked: (readonly string[])[] = []
    const fullAt = async (_id: string, mounts: readonly string[]) => {
      asked.push(mounts)
      return new Map([['/', startAt + 1e9]])
    }
    start({ createRemote: () => told(() => ({ disks: [disk, { ...disk, mount: '/boot' }] })), fullAt })
    const { id } = add('far', { ssh: 'noc@10.255.255.1' }, { intervalSeconds: 60 })
    await clock.advance(10_000)
    expect(asked).toEqual([])
    await clock.advance(3_600_000)
    expect(get(id).reading?.disks.map((one) => one.fullAt)).toEqual([startAt + 1e9, null])
    expect(asked[0]).toEqual(['/', '/boot'])
    expect(asked.length).toBeGreaterThanOrEqual(4)
    expect(asked.length).toBeLessThanOrEqual(5)
  })

  it('refuses secrets where none can be stored', () => {
    start({ box: null })
    expect((hosts as Hosts).add(input({ name: 'far', ssh: 'noc@10.255.255.1', auth: password, paused: true }))).toEqual({ ok: false, error: 'KEY_UNAVAILABLE' })
    expect((hosts as Hosts).add(input({ name: 'far', ssh: 'noc@10.255.255.1', auth: { kind: 'agent' }, paused: true })).ok).toBe(true)
  })

  it('forgets nothing of a host that is removed, and reads it no more', async () => {
    const far = await machine()
    start()
    const { id } = await addUp('far', far)
    expect((hosts as Hosts).remove(id).ok).toBe(true)
    const { length } = batches
    await clock.advance(30_000)
    expect(batches).toHaveLength(length)
    expect(facts.get(id)).toBeNull()
    expect((hosts as Hosts).get(id)).toBeNull()
  })
})

describe('the time until the next try', () => {
  it('doubles to a minute, a quarter more or less from host to host', () => {
    const ids = Array.from({ length: 200 }, (_, n) => `host-${String(n).padStart(8, '0')}`)
    for (const [failures, plain] of [
      [1, 2000],
      [2, 4000],
      [4, 16_000],
      [9, 60_000],
      [400, 60_000],
    ] as const) {
      const times = ids.map((id) => retryMs(id, failures))
      expect(Math.min(...times)).toBeGreaterThanOrEqual(plain * 0.75)
      expect(Math.max(...times)).toBeLessThanOrEqual(plain * 1.25)
      expect(new Set(times).size).toBeGreaterThan(100)
    }
  })
})
