import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accountInputSchema, namedTokenInputSchema } from '../../shared/accounts.ts'
import { type CameraImportInput, importFields } from '../../shared/cameras.ts'
import { type Operator, soleOperator } from '../../shared/permissions.ts'
import type { Engine } from '../createEngine.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 24, 8, 0, 0)
const moderator: Operator = { ...soleOperator, id: 'm', name: 'mo', role: 'moderator', permission: 'operate', owns: { accountId: 'm', groups: [] } }
const user: Operator = { ...soleOperator, id: 'u', name: 'ulla', role: 'user', permission: null, owns: { accountId: 'u', groups: ['Guards'] } }
const limited: Operator = { ...moderator, id: 'l', name: 'lim', permission: null, limit: { projects: ['Yard'], tags: ['gate'] } }

/** The first is an administrator, the second a guard. */
const entered = (name: string, n: number) =>
  accountInputSchema.parse({ name, role: n === 0 ? 'administrator' : 'user', groups: n === 0 ? ['Others'] : n === 1 ? ['Guards'] : [] })

describe('cameras', () => {
  let engines: TestEngines
  let engine: Engine
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    engine = (await engines.start()).engine
  })
  afterEach(() => engines[Symbol.asyncDispose]())

  const as = (operator: Operator) => createRouterClient(engine.router, { context: { operator } }).cameras
  const admin = () => as(soleOperator)
  const names = async (operator: Operator, asked = {}) => (await as(operator).list(asked)).cameras.map(({ name }) => name)
  const refusedAs = (kind: string) => ({ data: { kind } })
  const secret = 'rtsp://admin:s3cret%21@10.0.0.5:554/Streaming/Channels/101'
  async function restart() {
    await engines.stop(engine)
    engine = (await engines.start()).engine
  }

  test('a camera lasts over a restart, with who changed it and when', async () => {
    const { id } = await admin().add({ name: ' Gate ', project: 'Yard', tags: ['gate'], streams: [{ use: 'main', address: secret }] })
    await as(moderator).update({ id, change: { telephone: '+49 30 1234' }, revision: 1 })
    await restart()
    expect(await admin().get({ id })).toMatchObject({
      ...{ name: 'Gate', project: 'Yard', telephone: '+49 30 1234', revision: 2, by: 'mo', createdAt: startAt, pushed: null },
      now: { onAir: null, state: null, readers: null },
    })
  })

  test('who is limited learns of himself and the owners of his cameras alone, in the list of owners and by import', async () => {
    const made = ['anna', 'lim', 'bert', 'stranger'].map(async (name, n) => engine.people.accounts.add(entered(name, n), null))
    const [, lim, bert] = (await Promise.all(made)).map((each) => (each.ok ? each.value.id : ''))
    await admin().add({ name: 'Gate', project: 'Yard', owner: { kind: 'account', id: bert ?? '' } })
    await admin().add({ name: 'Door', project: 'Yard', owner: { kind: 'group', name: 'Guards' } })
    const he = as({ ...limited, id: lim ?? '', owns: { accountId: lim ?? '', groups: [] } })
    expect((await admin().owners()).accounts.map(({ name }) => name)).toEqual(['anna', 'bert', 'lim', 'stranger'])
    const { accounts, groups } = await he.owners()
    expect([accounts.map(({ name }) => name), groups]).toEqual([['bert', 'lim'], ['Guards']])
    const rows = ['bert', 'stranger', 'nobody'].map((owner, n) => ({ name: `new ${n}`, project: 'Yard', owner }))
    const told = await he.import({ rows, mapping: { name: 'name', project: 'project', owner: 'owner' }, preview: true })
    expect(told.mistakes.map(({ row, validationError: { kind } }) => [row, kind])).toEqual([
      [2, 'noSuchName'],
      [3, 'noSuchName'],
    ])
  })

  test('a stream belongs to one of the cameras that the asker may see, by name and in the metrics, which name it once', async () => {
    const root = createRouterClient(engine.router, { context: { operator: soleOperator } })
    const { id: serverId } = await root.servers.add({ name: 'north', url: 'http://127.0.0.1:9', paused: true })
    const gate = { use: 'main' as const, serverId, path: 'gate' }
    await admin().add({ name: 'Gate', project: 'Yard', streams: [gate, { ...gate, use: 'sub' }], owner: { kind: 'group', name: 'Guards' } })
    await admin().add({ name: 'Overview', importance: 'high', streams: [gate, { ...gate, path: 'yard' }] })
    const named = (operator: Operator | null) =>
      [...[...engine.exported({ format: 'text', operator })].join('').matchAll(/^mtxdeck_camera_info\{server="north",(.*),id=.*$/gm)]
        .map(([, labels]) => labels)
        .sort()
    const cameraOf = async (operator: Operator) => (await as(operator).ofStreams({ streams: [gate, { serverId, path: 'yard' }] })).map((one) => one?.name)
    expect(await cameraOf(soleOperator)).toEqual(['Overview', 'Overview'])
    expect(await cameraOf({ ...user, permission: 'view' })).toEqual(['Gate', undefined])
    expect(named(null)).toEqual(['path="gate",camera="Overview"', 'path="yard",camera="Overview"'])
    expect(named({ ...user, permission: 'view' })).toEqual(['path="gate",camera="Gate"'])
  })

  test('the audit names a camera that was added, given away or moved, not its owner', async () => {
    const bert = await engine.people.accounts.add(entered('bert', 0), null)
    const owner = { kind: 'account' as const, id: bert.ok ? bert.value.id : '' }
    const { id } = await admin().add({ name: 'Gate', project: 'Yard', owner })
    await as(moderator).update({ id, change: { owner: { kind: 'group', name: 'Guards' } } })
    await as(moderator).update({ id, change: { project: 'Roof' } })
    const { entries } = await createRouterClient(engine.router, { context: { operator: soleOperator } }).accounts.audit({ action: 'call' })
    expect(entries.filter(({ what }) => what.startsWith('cameras.')).map(({ by, what, of }) => [by, what, of])).toEqual([
      ['mo', 'cameras.update', { id, name: 'Gate' }],
      ['mo', 'cameras.update', { id, name: 'Gate' }],
      ['operator', 'cameras.add', { id, name: 'Gate' }],
    ])
  })

  test('favourites are forgotten with the account or token that had them, also where that was before the start', async () => {
    const { accounts, tokens } = engine.people
    const anna = await accounts.add(accountInputSchema.parse({ name: 'anna', role: 'administrator' }), null)
    const [bert, cleo] = [0, 1].map(async (n) => accounts.add(accountInputSchema.parse({ name: `user ${n}`, role: 'moderator' }), null))
    const token = tokens.add(namedTokenInputSchema.parse({ name: 'script', role: 'moderator' }), 'anna')
    const ids = [anna, await bert, await cleo].map((made) => (made?.ok ? made.value.id : ''))
    const own = [...ids, token.ok ? `token:${token.value.token.id}` : '']
    const { id } = await admin().add({ name: 'Gate' })
    for (const operatorId of own) await as({ ...soleOperator, id: operatorId }).favourite({ id, on: true })
    const root = createRouterClient(engine.router, { context: { operator: soleOperator } })
    await root.accounts.remove({ id: ids[1] ?? '' })
    await root.accounts.removeToken({ id: token.ok ? token.value.token.id : '' })
    const kept = () => {
      const db = new BetterSqlite3(join(engines.folder, 'data', 'main.db'), { readonly: true })
      const operators = db.prepare('SELECT operator FROM favourite_cameras').pluck().all()
      db.close()
      return operators
    }
    expect(new Set(kept())).toEqual(new Set([ids[0], ids[2]]))
    // As consoles did that left them.
    accounts.remove(ids[2] ?? '')
    await restart()
    expect(kept()).toEqual([ids[0]])
  })

  test('no answer, file or log has the password of an address, and an address entered as shown keeps it', async () => {
    const { id, streams } = await admin().add({ name: 'Gate', streams: [{ use: 'main', address: secret }] })
    const changed = await admin().update({ id, change: { name: 'Gate 2', streams } })
    const exported = await admin().export({ format: 'csv' })
    const said = JSON.stringify([streams, changed, await admin().list({}), engines.logged]) + Buffer.from(exported.base64, 'base64').toString()
    expect(said).toContain('rtsp://***@10.0.0.5:554/Streaming/Channels/101')
    expect(said).not.toContain('s3cret')
    await restart()
    // It is there all the same: what is entered with its password is no change.
    const rows = [{ name: 'Gate 2', address: secret }]
    expect(await admin().import({ rows, mapping: { name: 'name', address: 'address' } })).toMatchObject({ same: 1, changed: 0 })
    await expect(admin().add({ name: 'Other', streams: [{ use: 'main', address: 'rtsp://***@10.0.0.6/a' }] })).rejects.toMatchObject(refusedAs('secretsHidden'))
  })

  test('everybody sees his own, and to him all others do not exist', async () => {
    const owners = { own: { kind: 'account', id: 'u' }, ofGroup: { kind: 'group', name: 'Guards' }, other: { kind: 'group', name: 'Nobody' } } as const
    engine.people.accounts.nameOf = (id) => (id === 'u' ? 'ulla' : null)
    const ids: Record<string, string> = {}
    for (const [name, owner] of Object.entries(owners)) ids[name] = (await admin().add({ name, owner, project: name === 'own' ? 'Yard' : 'Roof' })).id
    await admin().add({ name: 'gate', tags: ['gate'] })
    const other = { id: ids.other ?? '' }
    expect(await names(user)).toEqual(['ofGroup', 'own'])
    expect(await names(limited)).toEqual(['gate', 'own'])
    expect(await names(moderator)).toEqual(['gate', 'ofGroup', 'other', 'own'])
    expect(await as(user).list({ text: 'other' })).toEqual({ cameras: [], total: 0 })
    for (const call of [as(user).get(other), as(user).favourite({ ...other, on: true }), as(user).picture(other), as(user).play({ ...other, viewer: 'x' })])
      await expect(call).rejects.toMatchObject(refusedAs('noSuch'))
    for (const call of [as(limited).get(other), as(limited).update({ ...other, change: { name: 'x' } }), as(limited).remove(other)])
      await expect(call).rejects.toMatchObject(refusedAs('noSuch'))
    await expect(as(limited).removeMany({ ids: [ids.own ?? '', other.id] })).rejects.toMatchObject(refusedAs('noSuch'))
    expect((await as(moderator).ofAccount({ accountId: 'u' })).cameras.map(({ name }) => name)).toEqual(['own'])
  })

  test('a user who is limited sees the cameras within his limit whoever owns them, and no other, not even his own', async () => {
    await admin().add({ name: 'gate', tags: ['gate'] })
    await admin().add({ name: 'hall', project: 'Yard', owner: { kind: 'group', name: 'Others' } })
    const { id } = await admin().add({ name: 'roof', project: 'Roof', owner: { kind: 'group', name: 'Guards' } })
    const guard: Operator = { ...user, limit: { projects: ['Yard'], tags: ['gate'] } }
    expect(await names(guard)).toEqual(['gate', 'hall'])
    await expect(as(guard).get({ id })).rejects.toMatchObject(refusedAs('noSuch'))
    await expect(as(guard).add({ name: 'x', project: 'Yard' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await names(user), 'without a limit').toEqual(['roof'])
    expect(await names({ ...user, limit: { projects: [], tags: [] } }), 'a limit that names nothing').toEqual([])
  })

  test('a user may change nothing, and whoever is limited keeps within his limit and chooses no streams of servers', async () => {
    const { id } = await admin().add({ name: 'gate', project: 'Yard' })
    for (const call of [as(user).add({ name: 'x' }), as(user).remove({ id }), as(user).restore(), as(user).proposals({}), as(user).export({ format: 'csv' })])
      await expect(call).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(as(limited).add({ name: 'x', project: 'Roof' })).rejects.toMatchObject(refusedAs('cameraOutsideLimit'))
    await expect(as(limited).update({ id, change: { project: 'Roof' } })).rejects.toMatchObject(refusedAs('cameraOutsideLimit'))
    const stream = { use: 'main', serverId: 's', path: 'secret' } as const
    await expect(as(limited).update({ id, change: { streams: [stream] } })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(await as(limited).import({ rows: [{ n: 'x', p: 'Roof' }], mapping: { n: 'name', p: 'project' } })).toMatchObject({ done: false, mistaken: 1 })
    expect(await as(limited).proposals({})).toEqual({ streams: [], total: 0 })
  })

  test('whoever may not see the fleet is told nothing of its servers, and their streams stay as they are', async () => {
    const { servers } = createRouterClient(engine.router, { context: { operator: soleOperator } })
    const { id: serverId } = await servers.add({ name: 'Backbone', url: 'http://127.0.0.1:9', paused: true })
    const at = { use: 'main', serverId, path: 'hall/east' } as const
    const { id } = await admin().add({ name: 'gate', project: 'Yard', streams: [at, { use: 'sub', address: secret }] })
    const seen = await as(limited).get({ id })
    expect(seen).toMatchObject({ streams: [{ use: 'sub', address: 'rtsp://***@10.0.0.5:554/Streaming/Channels/101' }], pushed: null })
    const csv = Buffer.from((await as(limited).export({ format: 'csv' })).base64, 'base64').toString()
    const refused = async (serverIdOf: string) =>
      as(limited)
        .add({ name: 'x', project: 'Yard', streams: [{ ...at, serverId: serverIdOf, path: 'a' }] })
        .catch(({ code, data, message }) => JSON.stringify([code, data, message]))
    const sheet = { rows: [{ n: 'y', p: 'Yard', s: 'Backbon', w: 'a' }], mapping: { n: 'name', p: 'project', s: 'server', w: 'path' } } as const
    const told = [
      seen,
      csv,
      await as(limited).list({}),
      await refused('none'),
      await refused(serverId),
      await as(limited).import({ ...sheet, rows: [...sheet.rows] }),
    ]
    expect(JSON.stringify(told)).not.toMatch(/Backbone|hall/)
    expect((await as(limited).list({ text: 'hall' })).total).toBe(0)
    const { default: papaparse } = await import('papaparse')
    const mapping = Object.fromEntries(importFields.map((field) => [field, field])) as CameraImportInput['mapping']
    const rows = papaparse.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true }).data
    expect(await as(limited).import({ rows, mapping })).toMatchObject({ done: true, same: 1, changed: 0 })
    const other = { use: 'sub', address: 'rtsp://10.0.0.7/b' } as const
    for (const streams of [[other], [], [other, other]]) {
      await as(limited).update({ id, change: { streams } })
      expect((await admin().get({ id })).streams).toEqual([at, ...streams])
    }
    await expect(as(limited).update({ id, change: { streams: [other, other, other, other] } })).rejects.toMatchObject(refusedAs('cameraOutsideLimit'))
  })

  test('an act is taken back only as far as its caller may reach now', async () => {
    const { id } = await as(moderator).add({ name: 'a', project: 'Roof', notes: 'first' })
    const lessThanBefore = as({ ...limited, id: moderator.id })
    await as(moderator).update({ id, change: { notes: 'second' } })
    expect(await lessThanBefore.restore()).toEqual({ restored: 0, removed: 0, left: 1 })
    await as(moderator).remove({ id })
    expect(await lessThanBefore.restore()).toEqual({ restored: 0, removed: 0, left: 1 })
    expect(await names(soleOperator)).toEqual([])
  })

  test('many are changed and removed at once, all or none, and the last act of each can be taken back for ten minutes', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) ids.push((await admin().add({ name })).id)
    await as(user)
      .favourite({ id: ids[0] ?? '', on: true })
      .catch(() => {})
    await admin().favourite({ id: ids[2] ?? '', on: true })
    expect(await names(soleOperator)).toEqual(['c', 'a', 'b'])
    await expect(admin().updateMany({ ids: [...ids, 'none'], change: { project: 'Roof' } })).rejects.toMatchObject(refusedAs('noSuch'))
    expect((await admin().list({ text: 'Roof' })).total).toBe(0)
    expect(await admin().updateMany({ ids, change: { project: 'Roof' } })).toEqual({ changed: 3 })
    await as(moderator).update({ id: ids[1] ?? '', change: { place: 'North' } })
    expect(await admin().restore()).toEqual({ restored: 2, removed: 0, left: 1 })
    expect(await names(soleOperator, { text: 'Roof' })).toEqual(['b'])
    expect(await admin().removeMany({ ids })).toEqual({ removed: 3 })
    await restart()
    await expect(admin().restore()).rejects.toMatchObject(refusedAs('nothingToUndo'))
    for (const name of ['d', 'e']) await admin().add({ name })
    const { cameras } = await admin().list({})
    await admin().favourite({ id: cameras[1]?.id ?? '', on: true })
    await admin().removeMany({ ids: cameras.map(({ id }) => id) })
    expect(await admin().restore()).toEqual({ restored: 2, removed: 0, left: 0 })
    expect((await admin().list({ favourites: true })).cameras.map(({ name }) => name)).toEqual(['e'])
    await admin().remove({ id: cameras[0]?.id ?? '' })
    await engines.clock.advance(600_001)
    await expect(admin().restore()).rejects.toMatchObject(refusedAs('nothingToUndo'))
  })

  test('of two desks that change the same camera the second is told so', async () => {
    const { id, revision } = await admin().add({ name: 'a' })
    await admin().update({ id, change: { name: 'b' }, revision })
    await expect(admin().update({ id, change: { name: 'c' }, revision })).rejects.toMatchObject(refusedAs('changed'))
  })

  describe('from a sheet', () => {
    const head = {
      Kamera: 'name',
      Projekt: 'project',
      Typ: 'make',
      IP: 'ip',
      Login: 'user',
      Passwort: 'password',
      Kanal: 'channel',
      Adresse: 'address',
    } as const
    const load = (rows: CameraImportInput['rows'], more: Partial<CameraImportInput> = {}) => admin().import({ rows, mapping: head, ...more })

    test('addresses are made by the make, with user and password escaped', async () => {
      const rows = [
        { Kamera: 'one', Typ: 'hikvision', IP: '10.0.0.1', Login: 'a@b', Passwort: 'p/w:#?' },
        { Kamera: 'two', Typ: 'Reolink', IP: '10.0.0.2:8554', Kanal: '3' },
        { Kamera: 'three', Typ: 'rtsp://{ip}/live', IP: 'cam.example.com' },
      ]
      expect(await load(rows)).toMatchObject({ done: true, added: 3, mistakes: [] })
      const { cameras } = await admin().list({})
      expect(cameras.map(({ streams }) => streams)).toEqual([
        [{ use: 'main', address: 'rtsp://***@10.0.0.1:554/Streaming/Channels/101' }],
        [{ use: 'main', address: 'rtsp://cam.example.com/live' }],
        [{ use: 'main', address: 'rtsp://10.0.0.2:8554/h264Preview_03_main' }],
      ])
    })

    test('with a mistake in one row nothing is kept, and each has its row and column', async () => {
      const rows = [
        { Kamera: 'good', Typ: 'Axis', IP: '10.0.0.1' },
        { Kamera: '', Typ: 'Axis', IP: '10.0.0.2' },
        { Kamera: 'three', Typ: 'Axsi', IP: '10.0.0.3' },
        { Kamera: 'four', Typ: 'Axis', IP: 'not an address/../' },
        { Kamera: 'five', Adresse: 'javascript:alert(1)' },
        { Kamera: 'six', Typ: 'Axis', IP: '10.0.0.6', Kanal: '1?x=' },
        { Kamera: 'seven', Typ: 'Axis', IP: '10.0.0.7', Passwort: 'ü'.repeat(257) },
        { Kamera: 'half of a character', Typ: 'Axis', IP: '10.0.0.8', Passwort: 'a\ud800b' },
        { Kamera: 'half', Typ: 'Axis', IP: '10.0.0.9', Kanal: '\udc00' },
        { Kamera: 'ten \ud800', Typ: 'Axis', IP: '10.0.0.10' },
      ]
      const { done, mistaken, mistakes } = await load(rows)
      expect([done, mistaken]).toEqual([false, 9])
      expect(mistakes.map(({ row, column, validationError: { kind } }) => [row, column, kind])).toEqual([
        [2, 'Kamera', 'empty'],
        [3, 'Typ', 'noSuchName'],
        [4, 'IP', 'notSuchAs'],
        [5, 'Adresse', 'notSuchAs'],
        [6, 'Kanal', 'notACount'],
        [7, 'Passwort', 'tooLong'],
        [8, 'Passwort', 'hiddenCharacter'],
        [9, 'Kanal', 'notACount'],
        [9, 'Kanal', 'hiddenCharacter'],
        [10, 'Kamera', 'hiddenCharacter'],
      ])
      expect((await admin().list({})).total).toBe(0)
    })

    test('what is there is changed or stays, and duplicates are shown and left out', async () => {
      await load([{ Kamera: 'one', Projekt: 'Yard', Adresse: secret }])
      const rows = [
        { Kamera: 'ONE', Projekt: 'yard', Adresse: secret },
        { Kamera: 'one', Projekt: 'Yard', Adresse: 'rtsp://10.0.0.9/a' },
        { Kamera: 'two', Projekt: 'Yard', Adresse: 'rtsp://10.0.0.2/a' },
        { Kamera: 'three', Projekt: 'Yard', Adresse: 'rtsp://10.0.0.2/a' },
        { Kamera: 'four', Projekt: 'Yard', Adresse: secret },
        {},
      ]
      const preview = await load(rows, { preview: true })
      expect(preview.rows.map(({ row, outcome, ofRow, fields }) => [row, outcome, ofRow, fields])).toEqual([
        [1, 'changed', null, ['name', 'project']],
        [2, 'duplicate', 1, []],
        [3, 'added', null, []],
        [4, 'duplicate', 3, []],
        [5, 'duplicate', 1, []],
      ])
      expect((await admin().list({})).total).toBe(1)
      expect(await load(rows)).toMatchObject({ done: true, added: 1, changed: 1, duplicates: 3 })
      expect(await admin().restore()).toEqual({ restored: 1, removed: 1, left: 0 })
      expect(await names(soleOperator)).toEqual(['one'])
    })

    test('what only adds changes no camera that there is, also not by its id', async () => {
      await load([{ Kamera: 'one', Projekt: 'Yard', Adresse: 'rtsp://10.0.0.1/a' }])
      const [camera] = (await admin().list({})).cameras
      const rows = [
        { Kamera: 'ONE', Projekt: 'yard', Adresse: 'rtsp://10.0.0.2/a' },
        { Kamera: 'two', Projekt: 'Yard', Adresse: 'rtsp://10.0.0.3/a' },
        { Kamera: 'Two', Projekt: 'Yard', Adresse: 'rtsp://10.0.0.4/a' },
      ]
      const made = await load(rows, { adds: true })
      expect(made.rows.map(({ outcome, ofRow, camera: of }) => [outcome, ofRow, of?.name ?? null])).toEqual([
        ['duplicate', null, 'one'],
        ['added', null, null],
        ['duplicate', 2, null],
      ])
      expect(await admin().import({ rows: [{ i: camera?.id ?? '', n: 'three' }], mapping: { i: 'id', n: 'name' }, adds: true })).toMatchObject({
        added: 1,
        changed: 0,
      })
      expect((await admin().get({ id: camera?.id ?? '' })).streams).toEqual([{ use: 'main', address: 'rtsp://10.0.0.1/a' }])
      expect(await names(soleOperator)).toEqual(['one', 'three', 'two'])
    })

    test('what was exported can be imported again, as CSV and as Excel, and formulas are texts', async () => {
      const notes = 'first line\nsecond, "quoted"; =1+1'
      await admin().add({ name: '=cmd|calc', telephone: '+49 30', tags: ['a,b'], notes, importance: 'high', streams: [{ use: 'main', address: secret }] })
      await admin().add({ name: 'plain', tags: ['x', 'y'], expected: 'always', owner: { kind: 'group', name: 'Guards' } })
      const file = async (format: 'csv' | 'xlsx') => Buffer.from((await admin().export({ format })).base64, 'base64')
      const { default: papaparse } = await import('papaparse')
      const csv = (await file('csv')).toString()
      expect(csv).toContain("'=cmd|calc")
      const mapping = Object.fromEntries(importFields.map((field) => [field, field])) as CameraImportInput['mapping']
      const ofCsv = papaparse.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true }).data
      expect(await admin().import({ rows: ofCsv, mapping })).toMatchObject({ done: true, same: 2, changed: 0, added: 0 })
      const { readSheet } = await import('read-excel-file/node')
      const [heading = [], ...cells] = await readSheet(await file('xlsx'))
      const ofExcel = cells.map((row) => Object.fromEntries(heading.map((name, at) => [String(name), String(row[at] ?? '')])))
      expect(ofExcel[0]?.name).toBe('=cmd|calc')
      expect(await admin().import({ rows: ofExcel, mapping })).toMatchObject({ done: true, same: 2, changed: 0, added: 0 })
    })

    test('5,000 rows take seconds, and more are refused', async () => {
      const rows = Array.from({ length: 5_000 }, (_, at) => ({
        Kamera: `cam ${at}`,
        Typ: 'Dahua',
        IP: `10.${at >> 8}.${at & 255}.1`,
        Login: 'admin',
        Passwort: `pw${at}`,
      }))
      const began = performance.now()
      expect(await load(rows)).toMatchObject({ done: true, added: 5_000 })
      expect(await load(rows)).toMatchObject({ same: 5_000, changed: 0 })
      expect(performance.now() - began).toBeLessThan(20_000)
      expect((await admin().list({ text: 'cam 4999' })).cameras).toHaveLength(1)
      await expect(load([...rows, { Kamera: 'one more' }])).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    })
  })
})
