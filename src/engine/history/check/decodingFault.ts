import type { FileFault, FilePart } from '../../../shared/fileFaults.ts'
import { partFault } from '../../../shared/partFault.ts'
import { faultOf } from '../../storage/faultOf.ts'

/** What an error says about the part that was being decoded. In a check any error that says nothing about a file is one of a decoder. */
export function decodingFault(error: unknown, of: FilePart, no: number | null, seal: number | null = null): FileFault {
  const fault = faultOf(error)
  if (fault.kind === 'part') return fault
  return partFault(of, no, fault.kind === 'internal' ? { kind: 'undecodable' } : fault, seal)
}
