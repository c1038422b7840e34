import { expect, test } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { mostArranged, mostTiles, streamsOfWall, type WallStream } from '../../shared/walls.ts'
import type { StreamRow } from '../fleet/fleet.ts'
import { arrangedOf, moved, pagesOf, serversOfWall } from './wallTiles.ts'

const stream = (path: string, serverId = 'a'): WallStream => ({ serverId, path })
const rowsOf = (...streams: readonly WallStream[]) => streams.map((facts) => ({ facts }) as unknown as StreamRow)
const servers: Readonly<Record<string, { readonly name: string; readonly tags: readonly string[] }>> = {
  a: { name: 'Berlin', tags: ['north'] },
  b: { name: 'Hamburg', tags: [] },
}
const serverOf = (id: string) => servers[id] as { readonly name: string; readonly tags: string[] } | undefined
const pathsOf = (streams: readonly WallStream[]) => streams.map(({ serverId, path }) => `${serverId}/${path}`)
const everything = { tags: [], servers: [], streams: [] }
const rows = rowsOf(stream('cam1'), stream('cam2'), stream('studio'), stream('cam1', 'b'))

test('a wall with a scope shows the streams that it names, those in a place of their own first', () => {
  expect(pathsOf(streamsOfWall({ scope: everything, arranged: [] }, rows, serverOf).streams)).toEqual(['a/cam1', 'a/cam2', 'a/studio', 'b/cam1'])
  const cams = { ...everything, streams: ['cam*'] }
  expect(pathsOf(streamsOfWall({ scope: cams, arranged: [stream('cam1', 'b'), stream('studio')] }, rows, serverOf).streams)).toEqual([
    'b/cam1',
    'a/cam1',
    'a/cam2',
  ])
  expect(pathsOf(streamsOfWall({ scope: { ...cams, tags: ['north'] }, arranged: [] }, rows, serverOf).streams)).toEqual(['a/cam1', 'a/cam2'])
})

test('the streams of favourite cameras come first on a wall with a scope, after those in a place of their own', () => {
  const favourites = new Set(['b/cam1', 'a/studio', 'a/gone'])
  const wall = { scope: everything, arranged: [stream('cam2')] }
  expect(pathsOf(streamsOfWall(wall, rows, serverOf, favourites).streams)).toEqual(['a/cam2', 'a/studio', 'b/cam1', 'a/cam1'])
})

test('a wall of chosen streams shows these, each once, also where they are not there', () => {
  expect(pathsOf(streamsOfWall({ scope: null, arranged: [stream('gone'), stream('cam1'), stream('gone')] }, rows, serverOf).streams)).toEqual([
    'a/gone',
    'a/cam1',
  ])
})

test('of more streams than a wall has tiles the rest is counted', () => {
  const many = rowsOf(...Array.from({ length: mostTiles + 7 }, (_, n) => stream(`cam${n}`)))
  const { streams, left } = streamsOfWall({ scope: everything, arranged: [] }, many, serverOf)
  expect([streams.length, left]).toEqual([mostTiles, 7])
})

test('a tile moves to a place, and not beyond an end', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  expect(moved(['a', 'b', 'c'], 2, 9)).toEqual(['a', 'b', 'c'])
  expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c'])
})

test('an order is kept up to the last stream that is not where it would be anyway', () => {
  const usual = [stream('1'), stream('2'), stream('3'), stream('4')]
  expect(arrangedOf(moved(usual, 2, 0), usual, true)).toEqual([stream('3'), stream('1'), stream('2')])
  expect(arrangedOf(usual, usual, true)).toEqual([])
  expect(arrangedOf(usual, usual, false)).toEqual(usual)
  const many = Array.from({ length: mostArranged + 1 }, (_, n) => stream(String(n)))
  expect(arrangedOf(moved(many, mostArranged, 0), many, true)).toBeNull()
})

test('a stream that is not there while an order is kept keeps its place, as far as there is room', () => {
  const usual = [stream('1'), stream('2'), stream('3')]
  const absent = [stream('away')]
  expect(arrangedOf(moved(usual, 1, 0), usual, true, absent)).toEqual([stream('2'), stream('1'), stream('away')])
  expect(arrangedOf(usual, usual, false, absent)).toEqual(usual)
  const many = Array.from({ length: mostArranged }, (_, n) => stream(String(n)))
  expect(arrangedOf(moved(many, mostArranged - 1, 0), many, true, absent)).toHaveLength(mostArranged)
})

test('of the servers of a wall those count that its scope names', () => {
  const all = [someServer('a', { name: 'Berlin', tags: ['north'] }), someServer('b', { name: 'Hamburg', tags: [] })]
  const idsOf = (wall: Parameters<typeof serversOfWall>[0]) => serversOfWall(wall, all).map(({ id }) => id)
  expect(idsOf({ kind: 'streams', scope: { ...everything, tags: ['north'], streams: ['cam*'] } })).toEqual(['a'])
  expect(idsOf({ kind: 'all', scope: everything })).toEqual(['a', 'b'])
  expect(idsOf({ kind: 'streams', scope: null })).toEqual([])
  expect(idsOf({ kind: 'penalty', scope: everything })).toEqual([])
})

test('a wall has a page also where it shows nothing', () => {
  expect([0, 1, 12, 13].map((tiles) => pagesOf(tiles, 12))).toEqual([1, 1, 1, 2])
})
