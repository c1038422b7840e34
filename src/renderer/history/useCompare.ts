import { useCallback, useMemo } from 'react'
import { useAddressParams } from '../app/usePageParams.ts'
import { type Compare, readCompare, writeCompare } from './compare.ts'

/** Which other period is laid over the charts of this page; it stands in the address. */
export function useCompare() {
  const [params, setParams] = useAddressParams()
  const text = params.get('compare')
  // biome-ignore lint/correctness/useExhaustiveDependencies: params are new at each change of the address; this part of it counts
  const compare = useMemo(() => readCompare(params), [text])
  const setCompare = useCallback((next: Compare | null) => setParams((before) => writeCompare(before, next), { replace: true }), [setParams])
  return { compare, setCompare }
}
