import { useCallback, useMemo } from 'react'
import { useAddressParams } from '../app/usePageParams.ts'
import { type Compare, readCompare, writeCompare } from './compare.ts'

/** The comparison period of this page's charts, stored in the address. */
export function useCompare() {
  const [params, setParams] = useAddressParams()
  const text = params.get('compare')
  // biome-ignore lint/correctness/useExhaustiveDependencies: params are new at each change of the address; only this part matters
  const compare = useMemo(() => readCompare(params), [text])
  const setCompare = useCallback((next: Compare | null) => setParams((before) => writeCompare(before, next), { replace: true }), [setParams])
  return { compare, setCompare }
}
