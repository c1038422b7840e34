import { isLoopback } from '../../shared/isLoopback.ts'

/** Whether what signs in at a server's API may be sent to another door of it: what goes to the API encrypted does not go elsewhere in clear. */
export function mayGoTo(address: string, apiUrl: string): boolean {
  const door = new URL(address)
  return door.protocol !== 'http:' || new URL(apiUrl).protocol !== 'https:' || isLoopback(door.hostname)
}
