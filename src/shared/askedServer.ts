import { nearestWord } from './nearestWord.ts'
import type { ValidationError } from './validationErrors.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** So many servers are named where one of that name is not known. */
const mostNamed = 20

/** The server of this id, or of this name whatever its case; undefined: there is none. */
export function serverOf<Server extends Named>(nameOrId: string, servers: readonly Server[]): Server | undefined {
  return servers.find(({ id }) => id === nameOrId) ?? servers.find(({ name }) => name.toLowerCase() === nameOrId.toLowerCase())
}

/** What is wrong with the name of a server that there is not. */
export function noServerOfName(name: string, servers: readonly Named[]): ValidationError {
  const names = servers.map((server) => server.name)
  return { kind: 'noServerOfName', name, meant: nearestWord(name, names), known: names.slice(0, mostNamed) }
}
