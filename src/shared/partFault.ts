// Without zod: the store's threads make faults, and load no schemas (docs/adr/0013).
import type { ContentFault, FileFault, FilePart } from './fileFaults.ts'

/** Most faults that are kept of one file. */
export const mostFaults = 3

export function partFault(of: FilePart, no: number | null, fault: ContentFault, seal: number | null = null): FileFault {
  return {
    kind: 'part',
    of,
    no,
    seal,
    fault,
  }
}
