import { expect, it } from 'vitest'
import { bundleInputSchema } from '../../shared/bundles.ts'
import { bundleInputOf } from './bundleInput.ts'

const view = { from: 1000.4, to: 61_000.6 }
const server = { serverId: 'a', path: '' }
const stream = { serverId: 'a', path: 'cam/1' }
const other = { serverId: 'b', path: 'cam/2' }

it('holds the whole fleet where nothing is chosen', () => expect(bundleInputOf(view, [], 'why')).toEqual({ from: 1000, to: 61_001, note: 'why' }))
it('holds only the streams that are chosen', () =>
  expect(bundleInputOf(view, [stream, other], '')).toEqual({ from: 1000, to: 61_001, note: '', serverIds: ['a', 'b'], streams: [stream, other] }))
it('never leaves out a stream of a server that is chosen as a whole', () => {
  expect(bundleInputOf(view, [server, stream], '')).toMatchObject({ serverIds: ['a'] })
  expect(bundleInputOf(view, [server, other], '')).not.toHaveProperty('streams')
})
it('is what the engine takes', () => expect(bundleInputSchema.safeParse(bundleInputOf(view, [stream], 'note')).success).toBe(true))
