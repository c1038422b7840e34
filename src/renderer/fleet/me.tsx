import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isAllowed, type Needs } from '../../shared/permissions.ts'
import { orpc } from '../app/client.ts'

/** A change by an administrator is seen at the desk after this time. */
const everyMs = 60_000

export function useMe() {
  return useQuery({ ...orpc.accounts.me.queryOptions(), staleTime: everyMs, refetchInterval: everyMs })
}

/** Yes until it is known who is signed in: the engine refuses it anyway. */
export function useMay(needs: Needs): boolean {
  const { data: me } = useMe()
  return (
    me === undefined ||
    isAllowed({ role: me.role, limit: me.limit, permission: me.console === 'none' ? null : me.console, ...(me.lock?.isLocked && { isLocked: true }) }, needs)
  )
}

export function May({ needs, children }: { readonly needs: Needs; readonly children: ReactNode }) {
  return useMay(needs) && children
}
