import type { Log } from './ports.ts'

/** A log for tests: ignores everything but errors, which go to `error`. */
export function createTestLog(error: Log['error'] = () => {}): Log {
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error, child: () => log }
  return log
}
