import { expect, it } from 'vitest'
import { TimeLimitError } from '../../clock/clock.ts'
import { failureToServerError } from './serverFailure.ts'

it('a connection attempt that nothing answers names the port', () => {
  const progress = { dialling: true, answering: false, receivedBytes: 0, port: 19_997 }
  expect(failureToServerError(new TimeLimitError(5_000), progress)).toEqual({ kind: 'unreachable', reason: 'connectTimeout', port: 19_997 })
})
