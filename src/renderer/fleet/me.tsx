import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isAllowed, type Needs } from '../../shared/permissions.ts'
import { orpc } from '../app/client.ts'

/** What an administrator changed for somebody is seen at his desk after this time, ms. */
const everyMs = 60_000

/** Who is signed in here, and what he may do. */
export function useMe() {
  return useQuery({ ...orpc.accounts.me.queryOptions(), staleTime: everyMs, refetchInterval: everyMs })
}

/** Whether to offer what needs this. Yes until it is known who is signed in: the engine refuses it anyway. */
export function useMay(needs: Needs): boolean {
  const { data: me } = useMe()
  return (
    me === undefined ||
    isAllowed({ role: me.role, limit: me.limit, permission: me.console === 'none' ? null : me.console, ...(me.lock?.isLocked && { isLocked: true }) }, needs)
  )
}

/** What is offered to those alone who may do it. */
export function May({ needs, children }: { readonly needs: Needs; readonly children: ReactNode }) {
  return useMay(needs) && children
}
