import type { SessionReading } from './readings.ts'

/**
 * A reading that the next one overwrites. A new object for each would survive until the next answer: V8 would promote a whole list
 * to the old generation every few seconds, the most expensive kind of garbage (docs/adr/0013).
 */
export type MutableSession = { -readonly [K in keyof SessionReading]: SessionReading[K] }

export function copyOfSession(reading: SessionReading): MutableSession {
  return { ...reading, rtp: reading.rtp && { ...reading.rtp }, srt: reading.srt && { ...reading.srt } }
}

/** Overwrites a reading with another one of the same list. Equal texts keep their string object. */
export function overwriteSession(mine: MutableSession, reading: SessionReading): void {
  if (mine.id !== reading.id) mine.id = reading.id
  if (mine.path !== reading.path) mine.path = reading.path
  if (mine.role !== reading.role) mine.role = reading.role
  if (mine.remoteAddr !== reading.remoteAddr) mine.remoteAddr = reading.remoteAddr
  if (mine.user !== reading.user) mine.user = reading.user
  if (mine.userAgent !== reading.userAgent) mine.userAgent = reading.userAgent
  if (mine.transport !== reading.transport) mine.transport = reading.transport
  mine.own = reading.own
  mine.createdAt = reading.createdAt
  mine.inboundBytes = reading.inboundBytes
  mine.outboundBytes = reading.outboundBytes
  mine.framesDiscarded = reading.framesDiscarded
  if (mine.rtp !== null && reading.rtp !== null) Object.assign(mine.rtp, reading.rtp)
  else mine.rtp = reading.rtp && { ...reading.rtp }
  if (mine.srt !== null && reading.srt !== null) Object.assign(mine.srt, reading.srt)
  else mine.srt = reading.srt && { ...reading.srt }
}
