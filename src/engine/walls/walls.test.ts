import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mostArranged, mostWalls, type WallInput } from '../../shared/walls.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 24, 8, 0, 0)

describe('walls', () => {
  let engines: TestEngines
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
  })
  afterEach(() => engines[Symbol.asyncDispose]())

  const named = (name: string, more: Partial<WallInput> = {}) => ({ name, ...more })
  async function start() {
    const { engine, client } = await engines.start()
    const names = async () => (await client.walls.list()).map(({ id, name }) => name ?? id)
    return { engine, client, names }
  }
  const refusedAs = (kind: string) => ({ data: { kind } })

  test('what is in trouble and all streams have a wall without anybody’s doing, which cannot be changed or removed', async () => {
    const { client } = await start()
    expect((await client.walls.list()).map(({ id, kind, name }) => ({ id, kind, name }))).toEqual([
      { id: 'penalty', kind: 'penalty', name: null },
      { id: 'all', kind: 'all', name: null },
    ])
    await expect(client.walls.update({ id: 'penalty', change: named('mine') })).rejects.toMatchObject(refusedAs('wallAlwaysThere'))
    await expect(client.walls.remove({ id: 'all' })).rejects.toMatchObject(refusedAs('wallAlwaysThere'))
  })

  test('a wall and its changes last over a restart, and they are listed by name', async () => {
    const { engine, client } = await start()
    const first = await client.walls.add(named(' Studio ', { columns: 2, rows: 2, live: 4 }))
    expect(first).toMatchObject({ kind: 'streams', name: 'Studio', columns: 2, scope: null, arranged: [], revision: 1 })
    await client.walls.add(named('North', { scope: { tags: ['north'], servers: [], streams: ['cam*'] } }))
    await client.walls.update({ id: first.id, change: named('Studio', { arranged: [{ serverId: 'a', path: 'b/c' }] }), revision: 1 })
    await engines.stop(engine)
    const again = await start()
    expect(await again.names()).toEqual(['penalty', 'all', 'North', 'Studio'])
    expect((await again.client.walls.list()).at(-1)).toMatchObject({ revision: 2, arranged: [{ serverId: 'a', path: 'b/c' }] })
    await again.client.walls.remove({ id: first.id })
    await expect(again.client.walls.remove({ id: first.id })).rejects.toMatchObject(refusedAs('noSuch'))
    expect(await again.names()).toEqual(['penalty', 'all', 'North'])
  })

  test('of two desks that change the same wall the second is told so, and loses nothing of the first', async () => {
    const { client } = await start()
    const { id, revision } = await client.walls.add(named('Studio'))
    await client.walls.update({ id, change: named('Studio A'), revision })
    await expect(client.walls.update({ id, change: named('Studio B'), revision })).rejects.toMatchObject(refusedAs('changed'))
    expect((await client.walls.list()).at(-1)?.name).toBe('Studio A')
  })

  test('two walls never have the same name, and one keeps its own', async () => {
    const { client } = await start()
    const { id } = await client.walls.add(named('Studio'))
    await expect(client.walls.add(named('studio'))).rejects.toMatchObject(refusedAs('taken'))
    expect((await client.walls.update({ id, change: named('STUDIO') })).name).toBe('STUDIO')
  })

  test('walls, tiles and letters are bounded', async () => {
    const { client, names } = await start()
    const tile = { serverId: 'a', path: 'b' }
    for (const wrong of [
      named(''),
      named('x'.repeat(61)),
      named('x', { columns: 9 }),
      named('x', { rows: 0 }),
      named('x', { live: 5 }),
      named('x', { arranged: Array.from({ length: mostArranged + 1 }, () => tile) }),
    ])
      await expect(client.walls.add(wrong)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    for (let count = 0; count < mostWalls; count++) await client.walls.add(named(`wall ${count}`))
    await expect(client.walls.add(named('one more'))).rejects.toMatchObject(refusedAs('tooMany'))
    expect((await names()).length).toBe(mostWalls + 2)
  })
})
