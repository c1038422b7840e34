import { expect, it } from 'vitest'
import { bundleInputSchema } from '../../shared/bundles.ts'
import { probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { bundleInputOf } from './bundleInput.ts'

const view = { from: 1000.4, to: 61_000.6 }
const server = serverSubject('a')
const stream = streamSubject('a', 'cam/1')
const probe = probeSubject('probe-abcd1234')
const plain = { note: '', pictures: true, sessions: 'all' } as const
const other = streamSubject('b', 'cam/2')

it('holds the whole fleet where nothing is chosen', () =>
  expect(bundleInputOf(view, [], { note: 'why', pictures: true, sessions: 'all' })).toEqual({
    from: 1000,
    to: 61_001,
    note: 'why',
    pictures: true,
    sessions: 'all',
  }))
it('holds only the streams and probes that are chosen', () =>
  expect(bundleInputOf(view, [stream, other, probe], { note: '', pictures: false, sessions: 'none' })).toEqual({
    from: 1000,
    to: 61_001,
    note: '',
    pictures: false,
    sessions: 'none',
    of: [stream, other, probe],
  }))
it('never leaves out a stream of a server that is chosen as a whole', () => expect(bundleInputOf(view, [server, stream], plain).of).toContainEqual(server))
it('is what the engine takes', () => expect(bundleInputSchema.safeParse(bundleInputOf(view, [stream, probe], plain)).success).toBe(true))
