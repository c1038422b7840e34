import { expect, it } from 'vitest'
import { bundleInputSchema } from '../../shared/bundles.ts'
import { serverSubject, streamSubject } from '../../shared/subjects.ts'
import { bundleInputOf } from './bundleInput.ts'

const view = { from: 1000.4, to: 61_000.6 }
const server = serverSubject('a')
const stream = streamSubject('a', 'cam/1')
const other = streamSubject('b', 'cam/2')

it('holds the whole fleet where nothing is chosen', () => expect(bundleInputOf(view, [], 'why')).toEqual({ from: 1000, to: 61_001, note: 'why' }))
it('holds only the streams that are chosen', () =>
  expect(bundleInputOf(view, [stream, other], '')).toEqual({
    from: 1000,
    to: 61_001,
    note: '',
    of: [stream, other],
  }))
it('never leaves out a stream of a server that is chosen as a whole', () => expect(bundleInputOf(view, [server, stream], '').of).toContainEqual(server))
it('is what the engine takes', () => expect(bundleInputSchema.safeParse(bundleInputOf(view, [stream], 'note')).success).toBe(true))
