import { useQuery } from '@tanstack/react-query'
import { LayoutGrid } from 'lucide-react'
import { type NamedChoice, plainChoice, useGo } from '../app/choices.tsx'
import { orpc } from '../app/client.ts'
import { toWall } from '../app/links.ts'
import { t } from '../app/words.ts'

/** Walls for the command palette. There are few of them. */
export function useWallChoices(): readonly NamedChoice[] {
  const go = useGo()
  const walls = useQuery({ ...orpc.walls.list.queryOptions(), staleTime: 30_000 })
  return (walls.data ?? []).map(({ id, name, kind }) =>
    plainChoice(
      `wall ${id}`,
      name ?? t(kind === 'penalty' ? 'wall.penalty' : 'common.allStreams'),
      LayoutGrid,
      go(`${toWall}?${new URLSearchParams({ wall: id })}`),
    ),
  )
}
