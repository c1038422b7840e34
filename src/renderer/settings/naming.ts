import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { createNaming, type Naming } from '../../shared/naming.ts'
import { orpc } from '../app/client.ts'

/** The configuration file is followed while the console runs. */
const everyMs = 10_000
const noTemplates: readonly string[] = []

export function useNamingSettings() {
  return useQuery({ ...orpc.streams.naming.queryOptions(), refetchInterval: everyMs })
}

/** Takes names of streams apart, by the templates in force. The same one as long as they are. */
export function useNaming(): Naming {
  // The same list as long as it is equal: TanStack Query sees to that.
  const templates = useNamingSettings().data?.templates ?? noTemplates
  return useMemo(() => createNaming(templates), [templates])
}
