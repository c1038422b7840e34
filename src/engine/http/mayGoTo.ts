import { isLoopback } from '../../shared/ipAddresses.ts'
import type { Gate } from './gate.ts'

/** Whether what signs in at a server's API may be sent to another endpoint of it: what goes to the API encrypted does not go elsewhere in clear. */
export function mayGoTo(address: string, apiUrl: string): boolean {
  const endpoint = new URL(address)
  return endpoint.protocol !== 'http:' || new URL(apiUrl).protocol !== 'https:' || isLoopback(endpoint.hostname)
}

/** What gates want at one of a server's endpoints, if it may be sent there. */
export function gateAt(address: string, { url, gate = null }: { readonly url: string; readonly gate?: Gate | null }): Gate | null {
  return gate !== null && mayGoTo(address, url) ? gate : null
}
