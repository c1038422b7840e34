import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { DeckEvent } from '../../shared/events.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { ownerOf } from '../../shared/subjectNames.ts'
import { orpc } from '../app/client.ts'
import type { TimeWindow } from './timeRange.ts'

interface EventsOptions {
  /** A server or a stream; null: all events. */
  readonly subject: Subject | null
  readonly window: TimeWindow
  /** undefined: all kinds. */
  readonly kinds: readonly string[] | undefined
  /** Kinds of server events that are also shown for its stream. */
  readonly serverKinds: readonly string[] | undefined
}
/** Events of a period; the newest if there are too many. */
export function useEvents({ subject, window, kinds, serverKinds = [] }: EventsOptions): readonly DeckEvent[] {
  // The right edge of a live window moves each tick, but the query only every half minute; refetches bring events in between.
  const from = Math.floor(window.from / 30_000) * 30_000
  const bounds = window.live ? { from } : { from, to: window.to }
  const ofOwner = subject && { of: ownerOf(subject) }
  const ofItself = subject?.kind === 'stream' ? { of: subject } : ofOwner
  const often = { refetchInterval: window.live ? 3000 : (false as const), placeholderData: (before: DeckEvent[] | undefined) => before }
  const own = useQuery({
    ...orpc.history.events.queryOptions({ input: { ...ofItself, ...(kinds ? { kinds: [...kinds] } : {}), ...bounds, limit: 300 } }),
    ...often,
  })
  const server = useQuery({
    ...orpc.history.events.queryOptions({ input: { ...ofOwner, kinds: [...serverKinds], ...bounds, limit: 100 } }),
    ...often,
    enabled: serverKinds.length > 0,
  })
  // Events of this console itself, which belong to no server but explain gaps on all of them.
  const ofConsole = useQuery({ ...orpc.history.events.queryOptions({ input: { kinds: ['consoleGap'], ...bounds, limit: 50 } }), ...often })
  return useMemo(() => {
    const byId = new Map([...(own.data ?? []), ...(server.data ?? []), ...(ofConsole.data ?? [])].map((event) => [event.id, event]))
    return [...byId.values()].sort((a, b) => a.at - b.at)
  }, [own.data, server.data, ofConsole.data])
}
