import { expect, test } from 'vitest'
import { mostArranged, type Wall } from '../../shared/walls.ts'
import { streamLines } from '../fleet/enteredLines.ts'
import { newWall, readWall, wallEntries } from './wallForm.ts'

const servers = [
  { id: 'a', name: 'Berlin' },
  { id: 'b', name: 'Berlin / spare' },
]
const start = { ...wallEntries(newWall, servers), name: 'Studio' }
const stored: Wall = {
  ...{ id: 'w', kind: 'streams', name: 'Studio', columns: 2, rows: 2, live: 1, scope: null, revision: 3 },
  arranged: [
    { serverId: 'a', path: 'studio/cam1' },
    { serverId: 'left', path: 'old' },
  ],
}

test('a new wall shows all streams until servers, tags or paths are entered', () => {
  expect(readWall(start, null, servers)).toMatchObject({ ok: true, value: { scope: { servers: [], tags: [], streams: [] }, columns: 4, rows: 3, live: 0 } })
  expect(readWall({ ...start, servers: 'Berlin', streams: 'north/*\n~^cam\\d$' }, null, servers)).toMatchObject({
    value: { scope: { servers: ['Berlin'], streams: ['north/*', '~^cam\\d$'] } },
  })
})

test('chosen streams are entered as server and path, and come back as they were', () => {
  const entered = wallEntries(stored, servers)
  expect(entered.arranged).toBe('Berlin / studio/cam1\nleft / old')
  expect(readWall(entered, stored, servers)).toMatchObject({ value: { scope: null, arranged: stored.arranged } })
  expect(readWall({ ...entered, arranged: 'berlin /  cam2 \n\n' }, stored, servers)).toMatchObject({ value: { arranged: [{ serverId: 'a', path: 'cam2' }] } })
})

test('a stream is added below those that are entered', () => {
  const { read, withOne } = streamLines(stored.arranged, servers)
  expect(withOne('', { serverId: 'a', path: 'cam1' })).toBe('Berlin / cam1')
  const two = withOne('left / old\n\nBerlin / cam1\n', { serverId: 'b', path: 'cam1' })
  expect(two).toBe('left / old\nBerlin / cam1\nBerlin / spare / cam1')
  expect(read(`${two}\nParis / cam1`)).toEqual([{ serverId: 'left', path: 'old' }, { serverId: 'a', path: 'cam1' }, { serverId: 'b', path: 'cam1' }, null])
})

test('what a line cannot name is not offered: it would be read as another stream', () => {
  const { canName } = streamLines(stored.arranged, servers)
  const has = (serverId: string, path: string) => canName({ serverId, path })
  expect(has('a', 'studio/cam2')).toBe(true)
  expect(has('b', 'cam1')).toBe(true)
  for (const path of [' cam1', 'cam1 ', 'x\nBerlin / cam1', 'spare / cam1', 'SPARE / cam1']) expect([path, has('a', path)]).toEqual([path, false])
})

test('a pattern may contain a comma', () => {
  expect(readWall({ ...start, streams: ' ~^cam\\d{1,2}$ \n\nnorth/*' }, null, servers)).toMatchObject({
    value: { scope: { streams: ['~^cam\\d{1,2}$', 'north/*'] } },
  })
})

test('of servers whose names begin alike the longer one is meant', () => {
  const listed = { ...start, shows: 'listed', arranged: 'Berlin / spare / cam1\nBerlin / cam2' }
  expect(readWall(listed, null, servers)).toMatchObject({
    value: {
      arranged: [
        { serverId: 'b', path: 'cam1' },
        { serverId: 'a', path: 'cam2' },
      ],
    },
  })
})

test('mistakes stand at their fields', () => {
  expect(readWall({ ...start, name: ' ' }, null, servers)).toMatchObject({ error: { name: { validationError: { kind: 'empty' } } } })
  expect(readWall({ ...start, streams: '~(' }, null, servers)).toMatchObject({ error: { streams: 'maintenance.form.scopeWrong' } })
  const listed = { ...start, shows: 'listed' }
  expect(readWall({ ...listed, arranged: 'Paris / cam1' }, null, servers)).toEqual({ ok: false, error: { arranged: 'wall.form.listedWrong' } })
  const many = Array.from({ length: mostArranged + 1 }, (_, n) => `Berlin / cam${n}`).join('\n')
  expect(readWall({ ...listed, arranged: many }, null, servers)).toMatchObject({
    error: { arranged: { validationError: { kind: 'tooManyAtOnce', most: mostArranged } } },
  })
})

test('streams in places of their own keep these where the filter is changed', () => {
  const scoped: Wall = { ...stored, scope: { servers: [], tags: [], streams: [] } }
  expect(readWall({ ...wallEntries(scoped, servers), tags: 'north' }, scoped, servers)).toMatchObject({
    value: { scope: { tags: ['north'] }, arranged: stored.arranged },
  })
})
