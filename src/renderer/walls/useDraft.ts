import { useState } from 'react'
import { mostArranged, streamKey, streamsOfWall, type Wall, type WallStream } from '../../shared/walls.ts'
import { act } from '../app/act.ts'
import { client, renew } from '../app/client.ts'
import { t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import { arrangedOf, moved } from './wallTiles.ts'

export type Draft = ReturnType<typeof useDraft>

interface Begun {
  /** The wall as of `start`, including its revision, so that saving does not undo changes made by others meanwhile. */
  readonly wall: Wall
  readonly streams: readonly WallStream[]
}
/** Rearranges the tiles of a wall; nothing is stored before `save`. Switching to another wall discards the draft. */
export function useDraft(wall: Wall | undefined) {
  const [begun, setBegun] = useState<Begun | null>(null)
  const [isSaving, setSaving] = useState(false)
  const [said, setSaid] = useState('')
  const draft = begun !== null && begun.wall.id === wall?.id ? begun : null
  const set = (streams: readonly WallStream[]) => setBegun((before) => before && { ...before, streams })
  return {
    /** The streams in the draft's order; null: no rearranging in progress. */
    streams: draft?.streams ?? null,
    start: () => wall && setBegun({ wall, streams: streamsOfWall(wall, fleet.rows(), fleet.server).streams }),
    move: (from: number, to: number): number => {
      const streams = draft?.streams ?? []
      const place = Math.min(streams.length - 1, Math.max(0, to))
      set(moved(streams, from, place))
      setSaid(t('wall.arrange.said', { name: streams[from]?.path ?? '', place: place + 1, count: streams.length }))
      return place
    },
    remove: (place: number) => set((draft?.streams ?? []).filter((_, at) => at !== place)),
    save: async (): Promise<void> => {
      if (draft === null) return
      const { id, name, columns, rows, live, scope, revision } = draft.wall
      const usual = streamsOfWall({ scope, arranged: [] }, fleet.rows(), fleet.server).streams
      const drawn = new Set(draft.streams.map(streamKey))
      const absent = draft.wall.arranged.filter((stream) => !drawn.has(streamKey(stream)))
      const arranged = arrangedOf(draft.streams, usual, scope !== null, absent)
      if (arranged === null) return void (await act(Promise.reject(new Error(t('wall.arrange.tooFar', { most: mostArranged })))))
      setSaving(true)
      const change = { name: name ?? '', columns, rows, live, scope, arranged: [...arranged] }
      const isKept = await act(
        client.walls.update({ id, change, revision }).then(() => renew('walls')),
        t('common.saved'),
      )
      setSaving(false)
      if (isKept) setBegun(null)
    },
    cancel: () => setBegun(null),
    isSaving,
    /** Text for screen readers: the place of the tile moved last. */
    said,
  }
}
