import type { Log } from './ports.ts'

/** A log of tests: only errors are minded, and only where somebody does. */
export function createTestLog(error: Log['error'] = () => {}): Log {
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error, child: () => log }
  return log
}
