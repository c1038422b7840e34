import { expect, test } from 'vitest'
import { pathFor, streamFor } from './forwards.ts'

const to = (path: string) => ({ endpoint: 'rtsp', encrypted: false, host: 'origin', port: 8554, path }) as const

test.each([
  ['cam1', '~^(.+)$', 'edge', 'cam1'],
  ['$G1', '~^(.+)$', 'live/cam1', 'live/cam1'],
  ['studio/$G1', '~^edge/(.*)-low$', 'edge/cam1-low', 'studio/cam1'],
  ['in/$MTX_PATH', '~^x', 'xy', 'in/xy'],
  ['$G1', '~^(cam|door)[0-9]+$', 'cam1', null],
  ['$G2', '~^(.+)$', 'cam1', null],
  ['$G1', 'all_others', 'cam1', null],
])('the path %s of the entry %s is, for the stream %s, %s', (path, entry, stream, there) => {
  expect(pathFor(to(path), entry, stream)).toBe(there)
})

test.each([
  ['$MTX_PATH', 'all_others', 'cam1', 'cam1'],
  ['in/$MTX_PATH', 'all_others', 'in/cam1', 'cam1'],
  ['in/$MTX_PATH', 'all_others', 'cam1', null],
  ['studio/$G1', '~^edge/(.+)-low$', 'studio/cam1', 'edge/cam1-low'],
  ['fixed', 'all_others', 'fixed', null],
  ['$G1/$G2', '~^(.+)$', 'a/b', null],
])('where the path %s of the entry %s arrives as %s, it is the stream %s', (path, entry, wanted, stream) => {
  expect(streamFor(to(path), entry, wanted)).toBe(stream)
})
