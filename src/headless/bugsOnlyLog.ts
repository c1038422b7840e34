import type { Log } from '../engine/ports.ts'

/** The log of commands that end: standard error is for what people must know, which is our own bugs; all else is in what the command prints. */
export const bugsOnlyLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (_facts, text) => console.error(text),
  child: () => bugsOnlyLog,
}
