import { z } from 'zod'
import { nearestWord } from './nearestWord.ts'
import { invalid, type ValidationError } from './validationErrors.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** So many names are said where the one that was given is not known. */
const mostNamed = 20

/** The server of this id, or of this name whatever its case; undefined: there is none. */
export function serverOf<Server extends Named>(nameOrId: string, servers: readonly Server[]): Server | undefined {
  return servers.find(({ id }) => id === nameOrId) ?? servers.find(({ name }) => name.toLowerCase() === nameOrId.toLowerCase())
}

export function noSuchName(text: string, names: readonly string[]) {
  return { kind: 'noSuchName', text, meant: nearestWord(text, names), known: names.slice(0, mostNamed) } as const satisfies ValidationError
}

/** What is wrong with the name of a server that there is not. */
export function noServerOfName(name: string, servers: readonly Named[]) {
  return noSuchName(
    name,
    servers.map((server) => server.name),
  )
}

const meant = z.enum(['true', 'false', '1', '0']).transform((said) => said === 'true' || said === '1')
/** A parameter of a URL that is on by `true` or `1`, or a member of a body. */
export const askedFlag = z.union([z.boolean(), meant], invalid({ kind: 'notOneOf', words: ['true', 'false'] })).default(false)
