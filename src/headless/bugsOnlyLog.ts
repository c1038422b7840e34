import type { Log } from '../engine/ports.ts'

/** The log for short commands: standard error gets our own bugs only; everything else is in the command's output. */
export const bugsOnlyLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (_facts, text) => console.error(text),
  child: () => bugsOnlyLog,
}
